#include "common/model/resize.h"

#include <algorithm>
#include <cmath>
#include <vector>

#include "common/model/image.h"

namespace tideline {
namespace {

constexpr int kPrecisionBits = 22;  // 32, less 8 of the sample and 2 of head room

// The filter of every output position along one axis.
struct Filter {
  int64_t taps = 0;              // the most that a position has
  std::vector<int64_t> first;    // [out], the first input position
  std::vector<int64_t> count;    // [out], taps in use
  std::vector<int32_t> weights;  // [out, taps], fixed point
};

double Triangle(double x) { return std::max(0.0, 1.0 - std::abs(x)); }

Filter MakeFilter(int64_t in, int64_t out) {
  const double scale = static_cast<double>(in) / static_cast<double>(out);
  const double support = std::max(scale, 1.0);  // enlarging interpolates, shrinking averages
  Filter filter;
  filter.taps = static_cast<int64_t>(std::ceil(support)) * 2 + 1;
  filter.weights.assign(static_cast<size_t>(out * filter.taps), 0);
  std::vector<double> row(static_cast<size_t>(filter.taps));
  for (int64_t i = 0; i < out; ++i) {
    const double centre = (static_cast<double>(i) + 0.5) * scale;
    const int64_t first = std::max<int64_t>(static_cast<int64_t>(centre - support + 0.5), 0);
    const int64_t end = std::min<int64_t>(static_cast<int64_t>(centre + support + 0.5), in);
    const int64_t count = end - first;
    double sum = 0;
    for (int64_t k = 0; k < count; ++k) {
      row[k] = Triangle((static_cast<double>(k + first) - centre + 0.5) * (1.0 / support));
      sum += row[k];
    }
    for (int64_t k = 0; k < count; ++k) {
      const double weight = row[k] * (1.0 / sum) * (1 << kPrecisionBits);
      filter.weights[i * filter.taps + k] = static_cast<int32_t>(weight + 0.5);
    }
    filter.first.push_back(first);
    filter.count.push_back(count);
  }
  return filter;
}

uint8_t Round(int32_t sum) {
  return static_cast<uint8_t>(std::clamp(sum >> kPrecisionBits, 0, 255));
}

// Filters the middle axis of [outer, in, inner] to [outer, out, inner].
void Pass(const Filter& filter, const uint8_t* in, int64_t in_size, uint8_t* out, int64_t outer,
          int64_t inner) {
  const int64_t out_size = static_cast<int64_t>(filter.first.size());
  std::vector<int32_t> sums(static_cast<size_t>(inner));
  for (int64_t o = 0; o < outer; ++o) {
    for (int64_t i = 0; i < out_size; ++i) {
      std::ranges::fill(sums, 1 << (kPrecisionBits - 1));
      for (int64_t k = 0; k < filter.count[i]; ++k) {
        const int32_t weight = filter.weights[i * filter.taps + k];
        const uint8_t* row = in + (o * in_size + filter.first[i] + k) * inner;
        for (int64_t j = 0; j < inner; ++j) {
          sums[j] += weight * row[j];
        }
      }
      for (int64_t j = 0; j < inner; ++j) {
        *out++ = Round(sums[j]);
      }
    }
  }
}

absl::Status CheckImage(const Tensor& image) {
  if (image.dtype() != DType::kUInt8 || image.shape().size() != 3 || image.numel() == 0) {
    return InvalidArgument("resize: needs uint8 [H, W, C], not {} {}", Name(image.dtype()),
                           ToString(image.shape()));
  }
  return absl::OkStatus();
}

}  // namespace

absl::StatusOr<Tensor> Resize(const Tensor& image, ImageSize size) {
  RETURN_IF_ERROR(CheckImage(image));
  if (size.height < 1 || size.width < 1 || size.height > kMaxImageSide ||
      size.width > kMaxImageSide) {
    return InvalidArgument("resize: {}x{} is not from 1 to {} a side", size.height, size.width,
                           kMaxImageSide);
  }
  ASSIGN_OR_RETURN(Tensor pixels, Contiguous(image));
  const int64_t height = image.shape()[0];
  const int64_t width = image.shape()[1];
  const int64_t channels = image.shape()[2];
  if (width != size.width) {
    ASSIGN_OR_RETURN(Tensor narrow,
                     Tensor::Allocate(DType::kUInt8, {height, size.width, channels}));
    Pass(MakeFilter(width, size.width), pixels.as<uint8_t>(), width,
         reinterpret_cast<uint8_t*>(narrow.mutable_data()), height, channels);
    pixels = narrow;
  }
  if (height != size.height) {
    ASSIGN_OR_RETURN(Tensor low,
                     Tensor::Allocate(DType::kUInt8, {size.height, size.width, channels}));
    Pass(MakeFilter(height, size.height), pixels.as<uint8_t>(), height,
         reinterpret_cast<uint8_t*>(low.mutable_data()), /*outer=*/1, size.width * channels);
    pixels = low;
  }
  return pixels;
}

ImageSize ShorterSideSize(ImageSize image, int64_t shorter) {
  const int64_t shortest = std::min(image.height, image.width);
  return {shorter * image.height / shortest, shorter * image.width / shortest};
}

absl::StatusOr<Tensor> CenterCrop(const Tensor& image, int64_t side) {
  RETURN_IF_ERROR(CheckImage(image));
  const Shape& shape = image.shape();
  if (side < 1 || side > shape[0] || side > shape[1]) {
    return InvalidArgument("a crop of {0}x{0} does not fit into an image of {1}x{2}", side,
                           shape[0], shape[1]);
  }
  const auto offset = [side](int64_t size) {
    return static_cast<int64_t>(std::nearbyint(static_cast<double>(size - side) / 2));
  };
  const Strides& strides = image.strides();
  const int64_t start = offset(shape[0]) * strides[0] + offset(shape[1]) * strides[1];
  return Tensor::View(image.dtype(), {side, side, shape[2]}, strides, image.data() + start,
                      image.owner());
}

}  // namespace tideline
