#pragma once

#include <cstddef>
#include <cstdint>
#include <functional>
#include <memory>
#include <span>
#include <vector>

#include "common/base/bytes.h"
#include "common/base/status.h"
#include "protocol/codec/codec.h"

namespace tideline {

// What crosses a cut on its way to bytes: quantized at once, encoded whole or while it is sent.
// Thread-compatible.
class CutEncoder {
 public:
  struct Value {
    Tensor tensor;
    const StoredParameters* parameters = nullptr;  // calibrated; outlive the encoder
  };

  // Quantizes the values. Blocks. Errors: as Encoder::Encode.
  absl::Status Prepare(std::span<const Value> values, const CodecSpec& codec);

  // Of each value; encoded_bytes is the most that it will have.
  const std::vector<EncodedTensor>& announcement() const { return announcement_; }
  // Whether the first bytes are made so long before the last ones that they should not wait.
  bool IsLong() const;

  // Encodes what was prepared, once. Blocks. Errors: as Encoder::Encode.
  absl::StatusOr<std::vector<Encoded>> Encode();

  // The same, handing on what is made of each value, value after value, in pieces that are worth
  // a chunk. Errors: Cancelled where `extend` returns false.
  using Extend = std::function<bool(size_t value, Bytes bytes)>;
  absl::Status Stream(const Extend& extend);

 private:
  std::vector<std::unique_ptr<Encoder>> encoders_;
  std::vector<EncodedTensor> announcement_;
  std::vector<uint64_t> stretches_;
};

}  // namespace tideline
