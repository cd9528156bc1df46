#include "partitioner/quantizer/histogram.h"

#include <algorithm>
#include <cmath>

namespace tideline {
namespace {

// The index of the bin of a width's grid, which begins at zero, that `value` is in. Stops far from
// where any bin is counted and before the difference of two indices overflows.
int64_t IndexOf(double value, double width) {
  return static_cast<int64_t>(std::clamp(std::floor(value / width), -0x1p61, 0x1p61));
}

// The half of an index, rounded down, which is where a bin goes when the width doubles.
int64_t Half(int64_t index) { return index >> 1; }

}  // namespace

void Histogram::Add(std::span<const float> elements) {
  float low = min_;
  float high = max_;
  for (const float element : elements) {
    if (std::isfinite(element)) {
      low = std::min(low, element);
      high = std::max(high, element);
    }
  }
  if (low < high) {
    Cover(low, high);
  }
  min_ = low;
  max_ = high;
  const double per_unit = width_ > 0 ? 1 / width_ : 0;  // exact: a power of two
  for (const float element : elements) {
    if (!std::isfinite(element)) {
      ++not_finite_;
    } else if (element != 0) {
      ++counts_[static_cast<size_t>(static_cast<int64_t>(std::floor(element * per_unit)) - first_)];
    }
  }
  count_ += static_cast<int64_t>(elements.size());
}

void Histogram::Cover(float low, float high) {
  if (width_ == 0) {
    const double range = static_cast<double>(high) - low;
    width_ = std::exp2(std::ceil(std::log2(range / kBins)));
    first_ = IndexOf(low, width_);
  }
  while (IndexOf(high, width_) - IndexOf(low, width_) >= kBins) {
    Double();
  }
  // All that was counted lies between low and high, so it fits behind the bin of low.
  const int64_t begin = IndexOf(low, width_);
  std::array<int64_t, kBins> moved{};
  for (int64_t i = 0; i < kBins; ++i) {
    if (counts_[static_cast<size_t>(i)] != 0) {
      moved[static_cast<size_t>(first_ + i - begin)] = counts_[static_cast<size_t>(i)];
    }
  }
  counts_ = moved;
  first_ = begin;
}

void Histogram::Double() {
  std::array<int64_t, kBins> merged{};
  const int64_t begin = Half(first_);
  for (int64_t i = 0; i < kBins; ++i) {
    merged[static_cast<size_t>(Half(first_ + i) - begin)] += counts_[static_cast<size_t>(i)];
  }
  counts_ = merged;
  first_ = begin;
  width_ *= 2;
}

Histogram::Bin Histogram::bin(int index) const {
  const double middle = (static_cast<double>(first_ + index) + 0.5) * width_;
  return {std::clamp<double>(middle, min_, max_), counts_[static_cast<size_t>(index)]};
}

}  // namespace tideline
