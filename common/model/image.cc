#include "common/model/image.h"

#include "common/model/image_formats.h"

namespace tideline {
namespace {

// ITU-R 601 luma in 16-bit fixed point; the weights add up to 65536, so grey stays what it is.
uint8_t Luma(const uint8_t* rgb) {
  return static_cast<uint8_t>((19595u * rgb[0] + 38470u * rgb[1] + 7471u * rgb[2] + 32768u) >> 16);
}

absl::StatusOr<Tensor> ToGrey(const Tensor& rgb) {
  ASSIGN_OR_RETURN(Tensor grey,
                   Tensor::Allocate(DType::kUInt8, {rgb.shape()[0], rgb.shape()[1], 1}));
  uint8_t* out = reinterpret_cast<uint8_t*>(grey.mutable_data());
  for (int64_t i = 0; i < grey.numel(); ++i) {
    out[i] = Luma(rgb.as<uint8_t>() + 3 * i);
  }
  return grey;
}

}  // namespace

absl::Status CheckImageSize(int64_t width, int64_t height) {
  if (width < 1 || height < 1) {
    return DataLoss("image of {}x{} has no pixels", width, height);
  }
  if (width > kMaxImageSide || height > kMaxImageSide || width * height > kMaxImagePixels) {
    return InvalidArgument("image of {}x{}: at most {} a side and {} pixels are decoded", width,
                           height, kMaxImageSide, kMaxImagePixels);
  }
  return absl::OkStatus();
}

absl::StatusOr<Tensor> DecodeImage(std::span<const std::byte> file, int64_t channels) {
  if (channels != 1 && channels != 3) {
    return InvalidArgument("images have 1 or 3 channels, not {}", channels);
  }
  if (!IsJpeg(file) && !IsPng(file)) {
    return InvalidArgument("neither a JPEG nor a PNG file ({} bytes)", file.size());
  }
  ASSIGN_OR_RETURN(Tensor rgb, IsJpeg(file) ? DecodeJpeg(file) : DecodePng(file));
  if (channels == 3) {
    return rgb;
  }
  return ToGrey(rgb);
}

}  // namespace tideline
