#pragma once

#include <cstdint>
#include <span>
#include <string>
#include <variant>
#include <vector>

#include "common/base/bytes.h"
#include "common/base/hash.h"
#include "common/base/status.h"
#include "protocol/codec/codec_spec.h"

// The messages of FORMAT.md as plain structs, and the pure functions between them and bytes. One
// message is one header (a FlatBuffer of at most kMaxHeader bytes) and, for Chunk alone, a payload.
namespace tideline::wire {

inline constexpr size_t kMaxHeader = 4096;
inline constexpr size_t kMaxChunk = 256 * 1024;
inline constexpr size_t kMaxTensors = 16;  // per request or result
inline constexpr size_t kMaxDimensions = 16;
inline constexpr size_t kMaxName = 256;         // bytes of any name
inline constexpr size_t kMaxModels = 16;        // per hello
inline constexpr size_t kMaxParameterIds = 64;  // per model
inline constexpr size_t kMaxText = 512;         // bytes of a reason; the encoder cuts longer ones
inline constexpr uint64_t kMaxBytes = uint64_t{1} << 40;  // of a tensor, encoded or decoded

struct VersionRange {
  uint16_t min = 1;
  uint16_t max = 1;
};
// The highest version that both have. Errors: FailedPrecondition with both ranges and `what`.
absl::StatusOr<uint16_t> Agree(VersionRange ours, VersionRange theirs, const char* what);

inline constexpr VersionRange kProtocolVersions{1, 2};
inline constexpr uint16_t kProfileVersion = 2;  // of the protocol: the first with ProfileRequest
inline constexpr VersionRange kCodecVersions{2, 2};

struct ModelIdentity {
  std::string name;
  uint32_t version = 0;
  Sha256Digest sha256{};             // of the model file
  Sha256Digest frontier_hash{};      // FrontierTable::hash
  std::vector<uint64_t> parameters;  // ids of codec parameters that the edge would like to use

  bool operator==(const ModelIdentity&) const = default;
};

// Session numbers that differ in their lowest byte alone are of one session.
inline bool SameSession(uint64_t a, uint64_t b) { return a >> 8 == b >> 8; }

// Edge → cloud, first message of a session. A new session ends the one before it: open requests of
// that edge are dropped, counts start again. A hello of the live session replaces the models
// alone: open requests and counts go on.
struct Hello {
  uint64_t session = 0;  // random but for its lowest byte, which counts changes of the models
  VersionRange protocol = kProtocolVersions;
  VersionRange codec = kCodecVersions;
  VersionRange frontier_rule;
  std::string edge;  // the edge's own name, for logs; its identity is its key
  std::string isa;   // "AVX2", see EngineDescription
  std::vector<ModelIdentity> models;
  uint64_t max_tensor = 0;  // bytes, decoded, that the edge accepts in a result
};

enum class ModelState : uint8_t { kReady = 0, kUnknown = 1, kMismatch = 2, kFailed = 3 };
struct ModelStatus {
  ModelState state = ModelState::kUnknown;
  std::string reason;                // "" when ready
  std::vector<uint64_t> parameters;  // those of the hello's ids that the cloud has
};

// Cloud → edge. A session without common versions is answered with Refusal{request = 0} instead.
struct Welcome {
  uint64_t session = 0;
  uint16_t protocol = 0;
  uint16_t codec = 0;
  uint16_t frontier_rule = 0;
  std::string cloud;
  std::string isa;
  std::vector<ModelStatus> models;  // in the order of the hello
  uint64_t max_tensor = 0;          // bytes, decoded, of one tensor of a request
  uint64_t max_inflight = 0;        // bytes of all requests of this edge that are not answered yet
  uint32_t heartbeat_ms = 0;        // how often either side is heard from at least
};

// Edge → cloud: announces a request; its tensors follow as chunks.
struct Request {
  uint64_t id = 0;         // from 1, ascending, never used again by the same edge
  uint16_t model = 0;      // index into the hello's models
  std::string cut;         // frontier name; "input" for the whole network
  uint32_t budget_ms = 0;  // time left for the answer when this was sent; 0 = none
  std::vector<EncodedTensor> tensors;
};

// Either way: a stretch of one encoded tensor; the bytes are the message's payload.
struct Chunk {
  uint64_t request = 0;
  uint16_t tensor = 0;
  uint64_t offset = 0;
  uint32_t crc32 = 0;  // of the payload
};

// Either way, from the receiver of chunks: flow control, and where bandwidth is measured.
struct Ack {
  uint64_t bytes = 0;        // payload bytes of chunks received in this session so far
  uint64_t received_us = 0;  // the receiver's monotonic clock when the last of them came
};

// Cloud → edge: the answer; its tensors follow as chunks.
struct Result {
  uint64_t request = 0;
  uint32_t decode_us = 0;
  uint32_t queue_us = 0;
  uint32_t tail_us = 0;
  uint32_t busy_us = 0;  // from the request's last chunk to this message
  uint16_t batch = 1;    // requests that ran together
  std::vector<EncodedTensor> tensors;
  uint16_t tolerance = 0;  // levels that a value of the cut may be off, as it was cut short
};

// Cloud → edge: no result will come. request = 0 refuses the hello.
struct Refusal {
  uint64_t request = 0;
  uint8_t code = 0;  // absl::StatusCode
  uint32_t retry_after_ms = 0;
  std::string reason;
};

struct Cancel {
  uint64_t request = 0;
};

// Either way. Answered at once with `echo` = the `sent_us` received; an answer is not answered.
struct Heartbeat {
  uint64_t sent_us = 0;  // the sender's monotonic clock; 0 in an answer
  uint64_t echo = 0;     // 0 in a question
  uint32_t queue_requests = 0;
  uint32_t queue_us = 0;  // expected wait of a new request
};

// Either way: no new requests after this; those admitted are still answered.
struct Goodbye {};

// Edge → cloud: no more chunks of this request will come. Its tensors are what has come; only those
// in progressive order may lack bytes.
struct End {
  uint64_t request = 0;
  std::vector<uint64_t> bytes;  // encoded, of each tensor, that were sent
};

// Edge → cloud: asks for the cloud's profile of a model. The answer is a Result of one tensor,
// uint8 [bytes]: the file that `tideline profile` writes.
struct ProfileRequest {
  uint64_t request = 0;  // from the same numbers as Request::id
  uint16_t model = 0;    // index into the hello's models
};

using Header = std::variant<Hello, Welcome, Request, Chunk, Ack, Result, Refusal, Cancel, Heartbeat,
                            Goodbye, End, ProfileRequest>;

struct Message {
  Header header;
  Bytes payload;  // Chunk alone
};

// Reasons are cut to kMaxText (the reasons of one welcome share 2048 bytes) and freed of control
// characters. Errors: InvalidArgument where another field is over its limit above, or all together
// are over kMaxHeader.
absl::StatusOr<std::string> EncodeHeader(const Header& header);

// Pure; `bytes` may have any alignment. Everything is checked: size, file identifier, FlatBuffers'
// verifier (depth 16, 256 tables), enums, counts, lengths, shapes and their products.
// Errors: DataLoss for what is no header, InvalidArgument for one that breaks a limit.
absl::StatusOr<Header> DecodeHeader(std::span<const std::byte> bytes);

// "hello", "chunk", … for logs.
std::string_view Name(const Header& header);

}  // namespace tideline::wire
