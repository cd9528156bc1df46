#pragma once

#include <cstdint>
#include <deque>
#include <map>
#include <optional>
#include <string>
#include <unordered_set>
#include <vector>

#include "absl/time/time.h"

#include "common/base/bytes.h"
#include "common/base/status.h"
#include "protocol/messages.h"

namespace tideline {

struct AssemblerLimits {
  uint64_t max_tensor = uint64_t{64} << 20;     // bytes of one tensor, decoded
  uint64_t max_inflight = uint64_t{256} << 20;  // announced bytes of all requests
  size_t max_requests = 4096;                   // until they are dropped
};

// Puts the chunks of one peer together to tensors. Used by both sides of a connection: on the
// cloud's for requests, on the client's for results. Nothing the peer says is trusted: memory grows
// with the bytes that really come. Thread-compatible.
class Assembler {
 public:
  explicit Assembler(AssemblerLimits limits) : limits_(limits) {}

  // Announces the tensors of a request. It is kept until Drop, also after its last chunk: a cloud
  // drops it when it is answered, so that max_inflight counts what is queued and computed too.
  // `open`: they have at most as many bytes as announced, and End says how many.
  // Errors: InvalidArgument for a request that is announced already and for no tensors;
  // ResourceExhausted over a limit. After an error its chunks are ignored.
  absl::Status Begin(uint64_t request, const std::vector<EncodedTensor>& tensors,
                     bool open = false);

  // Takes a chunk: the encoded tensors of its request where it was the last one. nullopt where
  // more are to come, and for chunks of a request that was dropped moments ago. What was handed
  // over is missing in the tensors.
  // Errors: DataLoss for a wrong CRC or a gap, InvalidArgument for what was never announced and
  // for bytes past the announced end. The request is then dropped.
  absl::StatusOr<std::optional<std::vector<Bytes>>> Add(const wire::Chunk& chunk,
                                                        const Bytes& payload);

  // The bytes of an announced request that have come of each tensor. Those of later chunks are
  // checked and counted, and not kept: they are the caller's, who had them from Add.
  std::vector<Bytes> HandOver(uint64_t request);

  // No more chunks of a request will come: its tensors as far as they came, which are
  // `end.bytes`; nullopt for a request that was dropped moments ago.
  // Errors: InvalidArgument for what was never announced or has come whole, where it is not open,
  // or has ended; DataLoss where other bytes came than those. The request is then dropped.
  absl::StatusOr<std::optional<std::vector<Bytes>>> End(const wire::End& end);

  // The tensors of a request that waits for no chunk and no end: right after Begin where none of
  // them has a byte. nullopt for all others.
  std::optional<std::vector<Bytes>> TakeIfComplete(uint64_t request);

  // Forgets a request, begun or not; chunks that still come of it are ignored (of the latest
  // kRemembered requests that were dropped).
  void Drop(uint64_t request);

  // A new session: nothing is open, counts start again.
  void Reset();

  // What to answer a chunk with, once Add has seen it: every chunk counts, whatever Add said.
  wire::Ack Acknowledge(absl::Duration now) const;

  uint64_t received() const { return received_; }  // payload bytes in this session
  uint64_t inflight() const { return inflight_; }  // announced bytes of all requests
  size_t requests() const { return requests_.size(); }

 private:
  struct Partial {
    uint64_t announced = 0;  // bytes
    uint64_t received = 0;   // bytes
    std::string bytes;       // of several chunks, or
    Bytes whole;             // of one
  };
  struct Request {
    std::vector<Partial> tensors;
    uint64_t announced = 0;  // bytes, all tensors
    uint64_t missing = 0;    // bytes, all tensors
    bool open = false;       // its end is to come
    bool kept = true;        // what comes is; false: it is handed over
  };

  absl::Status CheckAnnouncement(uint64_t request, const std::vector<EncodedTensor>& tensors) const;
  // Null for a request that was dropped moments ago. Errors: InvalidArgument where `what` of it
  // comes and it was never announced.
  absl::StatusOr<Request*> Find(uint64_t request, const char* what);
  static absl::Status CheckEnd(const Request& request, const wire::End& end);
  static std::vector<Bytes> Take(Request& request);
  static absl::Status CheckChunk(const Request& request, const wire::Chunk& chunk,
                                 const Bytes& payload);

  const AssemblerLimits limits_;
  uint64_t received_ = 0;
  uint64_t inflight_ = 0;
  std::map<uint64_t, Request> requests_;

  // The latest requests that were dropped, oldest first, at most kRemembered of them.
  static constexpr size_t kRemembered = 8192;
  std::deque<uint64_t> dropped_order_;
  std::unordered_set<uint64_t> dropped_;
};

}  // namespace tideline
