#pragma once

#include <algorithm>
#include <cmath>

#include "common/tensor/tensor.h"

namespace tideline {

// Smooth waves, of which a rectifier left about half.
inline Tensor Activations(const Shape& shape) {
  Tensor tensor = Tensor::Allocate(DType::kFloat32, shape).value();
  auto* values = reinterpret_cast<float*>(tensor.mutable_data());
  for (int64_t i = 0; i < tensor.numel(); ++i) {
    const auto x = static_cast<float>(i);
    values[i] = std::max(0.0f, std::sin(x * 0.05f) + 0.3f * std::sin(x * 1.7f));
  }
  return tensor;
}

}  // namespace tideline
