#pragma once

#include <cstdint>
#include <span>
#include <string>
#include <variant>
#include <vector>

#include "common/base/bytes.h"
#include "common/base/status.h"
#include "protocol/codec/codec_spec.h"
#include "protocol/greeting.h"

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

// Edge → cloud: announces a request; its tensors follow as chunks.
struct Request {
  uint64_t id = 0;         // from 1, ascending, never used again by the same edge
  uint16_t model = 0;      // index into the hello's models
  std::string cut;         // frontier name; "input" for the whole network
  uint32_t budget_ms = 0;  // time left for the answer when this was sent; 0 = none
  std::vector<EncodedTensor> tensors;
  // Its tensors are still being encoded: their encoded_bytes are upper bounds, and an End with the
  // exact numbers follows the last chunk. From kOpenVersion on.
  bool open = false;
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
  // Where the time went from the request's last chunk, or its End, to this message: busy_us is all
  // of it, decode_us what decoding still took then.
  uint32_t decode_us = 0;
  uint32_t queue_us = 0;
  uint32_t tail_us = 0;
  uint32_t busy_us = 0;
  uint16_t batch = 1;  // requests that ran together
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
  uint16_t cut_short = 0;       // of an open request: bit i where tensor i lacks bytes
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
