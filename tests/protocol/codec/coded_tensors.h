#pragma once

#include <algorithm>
#include <cstdint>
#include <memory>
#include <random>
#include <string>
#include <string_view>
#include <vector>

#include "common/base/hash.h"
#include "protocol/codec/codec.h"

namespace tideline {

// Like what comes out of a rectifier: half of it zeros.
inline Tensor Activation(const Shape& shape, const Strides& strides = {}) {
  Tensor tensor = Tensor::Allocate(DType::kFloat32, shape, strides).value();
  const int64_t extent = StorageExtent(tensor.shape(), tensor.strides()).value();
  std::mt19937 random(11);
  std::normal_distribution<float> normal;
  float* values = reinterpret_cast<float*>(tensor.mutable_data());
  for (int64_t i = 0; i < extent; ++i) {
    values[i] = std::max(0.0f, normal(random));
  }
  return tensor;
}

inline Tensor Floats(const std::vector<float>& values) {
  Tensor tensor = Tensor::Allocate(DType::kFloat32, {static_cast<int64_t>(values.size())}).value();
  Scatter(std::as_bytes(std::span(values)), tensor);
  return tensor;
}

inline Encoded EncodeAs(const Tensor& tensor, std::string_view codec) {
  Encoder encoder;
  return EncodeWhole(encoder, tensor, ParseCodecSpec(codec).value()).value();
}

inline absl::StatusOr<Tensor> Decode(const Encoded& encoded) {
  return DecodeWhole(encoded.description, encoded.bytes.view, /*max_tensor=*/uint64_t{1} << 20);
}

// What a store of one set has.
inline std::shared_ptr<const ParameterStore> StoreOf(const ParameterSet& set) {
  const std::string file = WriteParameters({{set}}).value();
  return ParameterStore::Parse(std::as_bytes(std::span(file))).value();
}

inline std::string Hex(const Encoded& encoded) {
  const auto* data = reinterpret_cast<const uint8_t*>(encoded.bytes.view.data());
  return ToHex({data, encoded.bytes.size()});
}

}  // namespace tideline
