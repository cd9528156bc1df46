#pragma once

#include <cstdint>
#include <functional>
#include <map>
#include <memory>
#include <string>
#include <vector>

#include "cloud/decoding.h"
#include "cloud/job.h"
#include "cloud/models.h"
#include "cloud/status/edge_traffic.h"
#include "common/base/clock.h"
#include "common/base/status.h"
#include "partitioner/exchange/served_profiles.h"
#include "protocol/messages.h"
#include "protocol/transport/assembler.h"
#include "protocol/transport/chunk_sender.h"
#include "protocol/transport/transport.h"

namespace tideline {

// What the cloud accepts of one edge.
struct PeerLimits {
  uint64_t max_tensor = uint64_t{64} << 20;  // bytes of one tensor, decoded
  // Bytes of requests without an answer: encoded, as they were announced, and what is decoded of
  // them early; for which there may be no room, so that they are decoded when they have come.
  uint64_t max_inflight = uint64_t{128} << 20;
  size_t max_requests = 256;  // requests without an answer
};

// One connected edge: its hand-shake, the requests it has announced, and what is sent to it.
// Decides nothing about other edges. I/O thread only.
class EdgePeer {
 public:
  // Called with what Decoded is to be called with, for a request that is open.
  using DecodedCallback = std::function<void(uint64_t request, absl::StatusOr<DecodedTensors>)>;

  // `decoder` outlives it.
  EdgePeer(Peer peer, const PeerLimits& limits, ChunkSender::SendFunction send,
           DecodeThread& decoder, DecodedCallback on_decoded);

  // Agrees on versions and models; nothing else of the session changes. After an error there is no
  // session.
  // Errors: FailedPrecondition naming what has no common version, and both ranges.
  absl::StatusOr<wire::Welcome> Greet(const wire::Hello& hello, const ModelSet& models);

  // The edge said goodbye: no new request may follow in this session.
  void OnGoodbye() { leaving_ = true; }

  // InvalidArgument where the request's id does not ascend, or it comes after the goodbye: the
  // protocol is broken.
  absl::Status CheckOrder(uint64_t request);

  // The profile of a model of the hello. Errors: FailedPrecondition where that is not ready,
  // NotFound where `profiles` has none of it.
  absl::StatusOr<const ServedProfile*> FindProfile(const wire::ProfileRequest& request,
                                                   const ServedProfiles& profiles) const;

  // Announces a request; its chunks may come. The whole request where it has none.
  // Errors: FailedPrecondition where the model is not ready, InvalidArgument for a cut that it does
  // not have or tensors that do not fit it, ResourceExhausted over a limit.
  absl::StatusOr<std::optional<Job>> Announce(const wire::Request& request, MonotonicTime now);

  // Takes a chunk; the whole request where it was the last one and nothing is being decoded. Errors
  // as Assembler::Add; the request is then forgotten.
  absl::StatusOr<std::optional<Job>> Take(const wire::Chunk& chunk, const Bytes& payload,
                                          MonotonicTime now);

  // The request has no more chunks: all of it that there will be. nullopt where it is being decoded
  // or was dropped moments ago. Errors as Assembler::End; the request is then forgotten.
  absl::StatusOr<std::optional<Job>> End(const wire::End& end, MonotonicTime now);

  // An open request that was decoded while it came, whole.
  Job Decoded(uint64_t request, DecodedTensors tensors) const;

  // The request is answered, refused or cancelled. False where it was not open.
  bool Close(uint64_t request);

  // Ends the session: requests, totals and models are forgotten, and a hello must come.
  void Forget();

  bool IsOpen(uint64_t request) const { return open_.contains(request); }
  // Whether it was told, since its latest hello, that the session has ended.
  bool refused() const { return refused_; }
  void set_refused() { refused_ = true; }

  wire::Ack Acknowledge(MonotonicTime now) const { return assembler_.Acknowledge(now); }
  ChunkSender& sender() { return sender_; }
  const Peer& peer() const { return peer_; }
  bool greeted() const { return greeted_; }
  uint64_t session() const { return session_; }
  uint16_t protocol() const { return protocol_; }    // the version agreed on
  const std::string& name() const { return name_; }  // the edge's own, for logs
  size_t open() const { return open_.size(); }
  std::vector<std::string> models() const;  // of the hello
  MonotonicTime heard;                      // when the last frame came
  EdgeTraffic traffic;

 private:
  struct Open {
    std::shared_ptr<const ServedModel> model;
    std::shared_ptr<const ParameterStore> parameters;
    Frontier cut;
    std::vector<EncodedTensor> tensors;
    bool upper_bounds = false;  // their encoded_bytes are, until the end comes
    MonotonicTime expires;
    MonotonicTime arrived;               // its last chunk, or its end
    uint64_t memory = 0;                 // that decoding early may take
    std::unique_ptr<Decoding> decoding;  // once it has begun early
  };
  absl::StatusOr<const ModelSet::Match*> FindReady(uint16_t model) const;
  absl::StatusOr<Open> Check(const wire::Request& request) const;
  void StartDecoding(uint64_t request, Open& open);
  // A job of what the assembler has of a request; after its error the request is forgotten.
  absl::StatusOr<std::optional<Job>> JobOf(
      uint64_t request, absl::StatusOr<std::optional<std::vector<Bytes>>> tensors,
      MonotonicTime now);
  Job MakeJob(uint64_t request, const Open& open) const;

  const Peer peer_;
  const PeerLimits limits_;
  bool greeted_ = false;
  bool refused_ = false;
  bool leaving_ = false;
  uint64_t session_ = 0;
  uint16_t protocol_ = 0;
  uint64_t last_request_ = 0;
  std::string name_;
  std::vector<ModelSet::Match> models_;  // in the order of the hello
  std::map<uint64_t, Open> open_;
  uint64_t decoding_ = 0;  // memory of all that are decoded early
  Assembler assembler_;
  ChunkSender sender_;
  DecodeThread& decoder_;
  const DecodedCallback on_decoded_;
};

}  // namespace tideline
