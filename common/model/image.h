#pragma once

#include <cstddef>
#include <cstdint>
#include <span>
#include <string>

#include "common/base/status.h"
#include "common/tensor/tensor.h"

// Images as tensors: uint8, [H, W, C], contiguous; C is 3 (RGB) or 1 (grey).
namespace tideline {

inline constexpr int64_t kMaxImageSide = 16384;
inline constexpr int64_t kMaxImagePixels = 64'000'000;

// Decodes a JPEG or a PNG file; which of the two is told by its first bytes. Pure.
// Result: uint8, [H, W, channels]. From colour to grey as Pillow's convert("L") does it; from grey
// to colour by repetition. Transparency is dropped, 16-bit samples keep their upper 8 bits, and
// neither an EXIF orientation nor a gamma or colour profile is applied, as in Pillow's Image.open.
// `channels` is 1 or 3.
// Errors: InvalidArgument for another format, a CMYK JPEG or above the limits (checked before any
// pixel is allocated), DataLoss for a truncated or damaged file.
absl::StatusOr<Tensor> DecodeImage(std::span<const std::byte> file, int64_t channels);

// A baseline JPEG file (4:2:0) of a uint8 [H, W, 1 or 3] image; quality 1 to 100.
// Errors: InvalidArgument for another shape, dtype or quality.
absl::StatusOr<std::string> EncodeJpeg(const Tensor& image, int quality);

// The same as the codec `jpeg` takes it: uint8 [bytes].
absl::StatusOr<Tensor> EncodeJpegTensor(const Tensor& image, int quality);

}  // namespace tideline
