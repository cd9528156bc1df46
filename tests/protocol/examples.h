#pragma once

#include <string>
#include <vector>

#include "protocol/messages.h"

namespace tideline::wire {

// A message of every kind, every field different from its default. tests/integration/wire_format.py
// describes the same ones on its own.
struct Example {
  std::string name;  // its golden file
  Header header;
};

inline Sha256Digest DigestFrom(uint8_t first) {
  Sha256Digest digest;
  for (uint8_t& byte : digest) {
    byte = first++;
  }
  return digest;
}

inline EncodedTensor ExampleTensor() {
  EncodedTensor tensor;
  tensor.dtype = DType::kUInt8;
  tensor.shape = {1, 32, 14, 7};
  tensor.strides = {3136, 1, 224, 32};
  tensor.codec = {
      .quantizer = Quantizer::kAffine, .level = Level::kZstd, .levels = 5, .jpeg_quality = 90};
  tensor.parameters = 0x0123456789abcdef;
  tensor.scale = 0.125F;
  tensor.zero_point = -3;
  tensor.encoded_bytes = 2500;
  return tensor;
}

// The one in FORMAT.md.
inline Chunk ExampleChunk() {
  const std::string payload = "Tideline";
  return {.request = 7,
          .tensor = 0,
          .offset = 65536,
          .crc32 = Crc32(std::as_bytes(std::span(payload)))};
}

inline std::vector<Example> Examples() {
  const EncodedTensor tensor = ExampleTensor();
  EncodedTensor scalar;
  scalar.encoded_bytes = 4;
  return {
      {"hello",
       Hello{.session = 0x1122334455667788,
             .protocol = {1, 3},
             .codec = {2, 4},
             .frontier_rule = {5, 6},
             .edge = "kitchen",
             .isa = "AVX2",
             .models = {{"mobilenet_v2", 3, DigestFrom(1), DigestFrom(100), {11, 1ull << 63}},
                        {"digits", 1, DigestFrom(7), DigestFrom(200)}},
             .max_tensor = 67108864}},
      {"welcome",
       Welcome{.session = 0x1122334455667788,
               .protocol = 1,
               .codec = 2,
               .frontier_rule = 5,
               .cloud = "cellar",
               .isa = "AVX512",
               .models = {{ModelState::kReady, "", {11}}, {ModelState::kMismatch, "another file"}},
               .max_tensor = 4194304,
               .max_inflight = 33554432,
               .heartbeat_ms = 200}},
      {"request", Request{.id = 9,
                          .model = 1,
                          .cut = "features.3+features.5#2",
                          .budget_ms = 250,
                          .tensors = {tensor, scalar},
                          .open = true}},
      {"chunk", ExampleChunk()},
      {"ack", Ack{.bytes = 123456789012, .received_us = 987654321}},
      {"result", Result{.request = 9,
                        .decode_us = 11,
                        .queue_us = 22,
                        .tail_us = 33,
                        .busy_us = 70,
                        .batch = 4,
                        .tensors = {scalar},
                        .tolerance = 3}},
      {"refusal",
       Refusal{.request = 9, .code = 8, .retry_after_ms = 1500, .reason = "queue is full"}},
      {"cancel", Cancel{.request = 9}},
      {"heartbeat",
       Heartbeat{.sent_us = 5'000'000, .echo = 77, .queue_requests = 6, .queue_us = 12345}},
      {"goodbye", Goodbye{}},
      {"end", End{.request = 9, .bytes = {2000, 0, kMaxBytes}, .cut_short = 5}},
      {"profile_request", ProfileRequest{.request = 10, .model = 1}},
  };
}

}  // namespace tideline::wire
