#include "protocol/codec/calibration/moment_histogram.h"

#include <algorithm>
#include <array>
#include <cmath>

#include "protocol/codec/codec_spec.h"

namespace tideline {
namespace {

constexpr size_t kBins = 4096;  // 16 for each of 256 levels

// As Quantize, in float64.
int SymbolOf(double value, Affine affine, Rounding rounding) {
  double position = value / affine.scale;
  const double dead_zone = rounding.dead_zone;
  position -= std::clamp(position, -dead_zone, dead_zone);
  position = std::clamp(position + affine.zero_point, 0.0, rounding.levels - 1.0);
  return static_cast<int>(std::nearbyint(position));
}

}  // namespace

MomentHistogram::MomentHistogram(double low, double high)
    : low_(std::min(low, 0.0)), high_(std::max(high, 0.0)), bins_(kBins) {
  if (high_ > low_) {
    bins_per_unit_ = kBins / (high_ - low_);
  }
}

void MomentHistogram::Add(std::span<const float> values) {
  for (const float value : values) {
    const double place = std::clamp((value - low_) * bins_per_unit_, 0.0, kBins - 1.0);
    Bin& bin = bins_[static_cast<size_t>(place)];
    ++bin.count;
    bin.sum += value;
    bin.squares += static_cast<double>(value) * value;
  }
  count_ += values.size();
}

double MomentHistogram::sum_of_squares() const {
  double sum = 0;
  for (const Bin& bin : bins_) {
    sum += bin.squares;
  }
  return sum;
}

double MomentHistogram::Quantile(double share) const {
  const double wanted = share * static_cast<double>(count_);
  double below = 0;
  for (const Bin& bin : bins_) {
    below += static_cast<double>(bin.count);
    if (bin.count > 0 && below >= wanted) {
      return bin.sum / static_cast<double>(bin.count);
    }
  }
  return high_;
}

Distortion MomentHistogram::Judge(Affine affine, Rounding rounding) const {
  Distortion distortion;
  std::array<double, kMaxLevels> counts{};
  for (const Bin& bin : bins_) {
    if (bin.count == 0) {
      continue;
    }
    const double count = static_cast<double>(bin.count);
    const int symbol = SymbolOf(bin.sum / count, affine, rounding);
    const double back = static_cast<double>(symbol - affine.zero_point) * affine.scale;
    distortion.squared_error += bin.squares - 2 * back * bin.sum + back * back * count;
    counts[static_cast<size_t>(symbol)] += count;
  }
  for (const double count : counts) {
    if (count > 0) {
      distortion.bits += count * std::log2(static_cast<double>(count_) / count);
    }
  }
  return distortion;
}

}  // namespace tideline
