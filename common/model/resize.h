#pragma once

#include "common/base/status.h"
#include "common/model/model_info.h"
#include "common/tensor/tensor.h"

namespace tideline {

// Bilinear with antialiasing, as Pillow's Image.resize(..., BILINEAR) does it to 8-bit images: a
// triangle filter as wide as the scale, first along rows, then along columns, weights in 22-bit
// fixed point, rounded to 8 bits after each pass. Integer arithmetic after the weights, so equal on
// every CPU. `image` is uint8 [H, W, C]; the result is contiguous.
// Errors: InvalidArgument for another tensor or a size that is not positive.
absl::StatusOr<Tensor> Resize(const Tensor& image, ImageSize size);

// The size that brings the shorter side to `shorter` and keeps the ratio, rounded down, as
// torchvision's Resize(int) does it.
ImageSize ShorterSideSize(ImageSize image, int64_t shorter);

// The central `side` x `side` pixels, offsets rounded half to even as torchvision's CenterCrop. A
// view of the image.
// Errors: InvalidArgument where the image is smaller.
absl::StatusOr<Tensor> CenterCrop(const Tensor& image, int64_t side);

}  // namespace tideline
