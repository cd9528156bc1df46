#pragma once

#include <cstddef>
#include <cstdint>
#include <span>

#include "common/base/status.h"
#include "common/tensor/tensor.h"

// The decoders behind DecodeImage; each gives RGB, uint8, [H, W, 3].
namespace tideline {

bool IsJpeg(std::span<const std::byte> file);
absl::StatusOr<Tensor> DecodeJpeg(std::span<const std::byte> file);

bool IsPng(std::span<const std::byte> file);
absl::StatusOr<Tensor> DecodePng(std::span<const std::byte> file);

// Errors: InvalidArgument above the limits of image.h, DataLoss for an empty image.
absl::Status CheckImageSize(int64_t width, int64_t height);

}  // namespace tideline
