#pragma once

#include <cstddef>
#include <span>

#include "common/base/status.h"
#include "common/model/model_info.h"
#include "common/tensor/tensor.h"

// From what a source gives to what the network takes, as model.yaml says. All functions are pure;
// the same bytes give the same bits on every CPU.
namespace tideline {

// Decodes an image file, resizes and crops it: uint8, [H, W, C] of the input's shape. This is what
// travels at cut `input` as `raw`, and as a JPEG file as `jpeg`.
// Errors: as DecodeImage; InvalidArgument where the input is no image or the size does not fit.
absl::StatusOr<Tensor> PreprocessImage(std::span<const std::byte> file, const InputInfo& input);

// The same of an image that is decoded already: uint8 [H, W, 3], contiguous.
absl::StatusOr<Tensor> PreprocessPixels(const Tensor& rgb, const InputInfo& input);

// (raw / 255 - mean) / stddev in float32, [1, C, H, W], contiguous. Runs on the edge, or for raw
// and jpeg at cut `input` on the cloud.
// Errors: InvalidArgument where `raw` is not uint8 [H, W, C] of the input's shape.
absl::StatusOr<Tensor> Normalize(const Tensor& raw, const InputInfo& input);

// A tensor as the network takes it: checked against dtype and shape, with a batch of 1 added where
// it has none. Shares memory with `tensor`.
// Errors: InvalidArgument with both shapes or dtypes.
absl::StatusOr<Tensor> PreprocessTensor(const Tensor& tensor, const InputInfo& input);

}  // namespace tideline
