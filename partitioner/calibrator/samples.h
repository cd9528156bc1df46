#pragma once

#include <cstddef>
#include <cstdint>
#include <functional>
#include <optional>
#include <vector>

#include "common/base/status.h"
#include "common/tensor/tensor.h"

namespace tideline {

// The inputs of a calibration. Parameters are fitted on some and everything is measured on others.
struct CalibrationSamples {
  // An input of the network, with a batch of 1. May block; not called by two threads at once.
  std::function<absl::StatusOr<Tensor>(size_t)> read;
  // The same as an image, uint8 [H, W, C], and what turns that into the input. Null where the input
  // is no image.
  std::function<absl::StatusOr<Tensor>(size_t)> image;
  std::function<absl::StatusOr<Tensor>(const Tensor&)> normalize;
  std::vector<size_t> fit;
  std::vector<size_t> measured;
  std::vector<int64_t> labels;  // the right class of each measured one, or empty
};

// The place of the largest element of the first result; nullopt where that is not float32. Results
// of a network that says no class are not asked for one.
std::optional<int64_t> TopClass(const std::vector<Tensor>& outputs);

}  // namespace tideline
