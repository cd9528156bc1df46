#include "common/model/preprocess.h"

#include <algorithm>
#include <array>
#include <utility>

#include "common/model/image.h"
#include "common/model/resize.h"

namespace tideline {
namespace {

absl::Status CheckIsImage(const InputInfo& input) {
  if (input.kind != InputKind::kImage) {
    return InvalidArgument("input '{}' is a {} tensor of shape {}, not an image; give .npy files",
                           input.name, Name(input.dtype), ToString(input.shape));
  }
  return absl::OkStatus();
}

Shape RawShape(const InputInfo& input) { return {input.shape[1], input.shape[2], input.shape[0]}; }

// All that a sample of one channel can become.
std::array<float, 256> NormalizedSamples(float mean, float stddev) {
  std::array<float, 256> table;
  for (size_t sample = 0; sample < table.size(); ++sample) {
    table[sample] = (static_cast<float>(sample) / 255.0f - mean) / stddev;
  }
  return table;
}

// Resizes and crops a decoded image.
absl::StatusOr<Tensor> Fit(Tensor image, const InputInfo& input) {
  const ImageSize decoded{image.shape()[0], image.shape()[1]};
  if (input.resize_to) {
    ASSIGN_OR_RETURN(image, Resize(image, *input.resize_to));
  } else if (input.resize_shorter_side) {
    ASSIGN_OR_RETURN(image, Resize(image, ShorterSideSize(decoded, *input.resize_shorter_side)));
  }
  if (input.crop) {
    ASSIGN_OR_RETURN(image, CenterCrop(image, *input.crop));
  }
  if (image.shape() != RawShape(input)) {
    return InvalidArgument("image of {}x{}: input '{}' takes {}x{} and model.yaml has no resize",
                           decoded.height, decoded.width, input.name, input.shape[1],
                           input.shape[2]);
  }
  return Contiguous(image);
}

// As Pillow's convert("L").
absl::StatusOr<Tensor> ToGrey(const Tensor& rgb) {
  ASSIGN_OR_RETURN(Tensor grey,
                   Tensor::Allocate(DType::kUInt8, {rgb.shape()[0], rgb.shape()[1], 1}));
  const uint8_t* from = rgb.as<uint8_t>();
  for (int64_t i = 0; i < grey.numel(); ++i, from += 3) {
    const unsigned sum = 19595U * from[0] + 38470U * from[1] + 7471U * from[2] + 0x8000U;
    grey.mutable_data()[i] = static_cast<std::byte>(sum >> 16U);
  }
  return grey;
}

}  // namespace

absl::StatusOr<Tensor> PreprocessImage(std::span<const std::byte> file, const InputInfo& input) {
  RETURN_IF_ERROR(CheckIsImage(input));
  ASSIGN_OR_RETURN(Tensor image, DecodeImage(file, /*channels=*/input.shape[0]));
  return Fit(std::move(image), input);
}

absl::StatusOr<Tensor> PreprocessPixels(const Tensor& rgb, const InputInfo& input) {
  RETURN_IF_ERROR(CheckIsImage(input));
  if (rgb.dtype() != DType::kUInt8 || rgb.shape().size() != 3 || rgb.shape()[2] != 3 ||
      rgb.numel() == 0) {
    return InvalidArgument("an image is uint8 [H, W, 3], this is {} {}", Name(rgb.dtype()),
                           ToString(rgb.shape()));
  }
  if (input.shape[0] == 3) {
    return Fit(rgb, input);
  }
  ASSIGN_OR_RETURN(Tensor grey, ToGrey(rgb));
  return Fit(std::move(grey), input);
}

absl::StatusOr<Tensor> Normalize(const Tensor& raw, const InputInfo& input) {
  RETURN_IF_ERROR(CheckIsImage(input));
  if (raw.dtype() != DType::kUInt8 || raw.shape() != RawShape(input)) {
    return InvalidArgument("input '{}': raw image is {} {}, expected uint8 {}", input.name,
                           Name(raw.dtype()), ToString(raw.shape()), ToString(RawShape(input)));
  }
  ASSIGN_OR_RETURN(const Tensor pixels, Contiguous(raw));
  const int64_t channels = input.shape[0];
  const int64_t area = input.shape[1] * input.shape[2];
  ASSIGN_OR_RETURN(
      Tensor normalized,
      Tensor::Allocate(DType::kFloat32, {1, channels, input.shape[1], input.shape[2]}));
  float* out = reinterpret_cast<float*>(normalized.mutable_data());
  for (int64_t c = 0; c < channels; ++c) {
    const std::array<float, 256> table = NormalizedSamples(input.mean[c], input.stddev[c]);
    const uint8_t* samples = pixels.as<uint8_t>() + c;
    for (int64_t i = 0; i < area; ++i) {
      *out++ = table[samples[i * channels]];
    }
  }
  return normalized;
}

absl::StatusOr<Tensor> PreprocessTensor(const Tensor& tensor, const InputInfo& input) {
  Shape shape = tensor.shape();
  Strides strides = tensor.strides();
  if (shape == input.shape) {
    shape.insert(shape.begin(), 1);
    strides.insert(strides.begin(), std::max<int64_t>(tensor.numel(), 1));
  }
  const bool fits = shape.size() == input.shape.size() + 1 && shape[0] >= 1 &&
                    std::equal(shape.begin() + 1, shape.end(), input.shape.begin());
  if (!fits || tensor.dtype() != input.dtype) {
    return InvalidArgument(
        "input '{}': tensor is {} {}, expected {} {}, with or without a batch "
        "before it",
        input.name, Name(tensor.dtype()), ToString(tensor.shape()), Name(input.dtype),
        ToString(input.shape));
  }
  return Tensor::View(tensor.dtype(), std::move(shape), std::move(strides), tensor.data(),
                      tensor.owner());
}

}  // namespace tideline
