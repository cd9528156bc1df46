#include "partitioner/quantizer/range.h"

#include <algorithm>
#include <cmath>
#include <limits>
#include <vector>

namespace tideline {
namespace {

constexpr int kSteps = 40;           // clipping ranges that are tried on one side
constexpr double kLeastShare = 0.2;  // of the largest value that a range may be clipped to
constexpr int kWeightSteps = 32;     // scales that are tried for one channel
constexpr float kLeastWeightShare = 0.5F;

// Added and taken away again, rounds a float to a whole number, to even where it is in between:
// 1.5 * 2^23.
constexpr float kRounder = 12582912.0F;

double Share(int step) {
  return kLeastShare + (1 - kLeastShare) * step / static_cast<double>(kSteps - 1);
}

ActivationRange RangeOf(double low, double high) {
  const double scale = (high - low) / kLargestActivationCode;
  const double zero =
      std::clamp(std::nearbyint(-low / scale), 0.0, static_cast<double>(kLargestActivationCode));
  return {scale, static_cast<int>(zero)};
}

// The sum of squared errors of every element that was counted.
double SquaredError(const std::vector<Histogram::Bin>& bins, const ActivationRange& range) {
  const double low = -range.zero_point;
  const double high = kLargestActivationCode - range.zero_point;
  double sum = 0;
  for (const Histogram::Bin& bin : bins) {
    const double code = std::clamp(std::nearbyint(bin.value / range.scale), low, high);
    const double error = bin.value - code * range.scale;
    sum += error * error * static_cast<double>(bin.count);
  }
  return sum;
}

float SquaredWeightError(std::span<const float> weights, float scale) {
  const float per_unit = 1 / scale;
  float sum = 0;
  for (const float weight : weights) {
    const float whole = weight * per_unit + kRounder - kRounder;
    const float error =
        weight - scale * std::clamp<float>(whole, -kLargestWeightCode, kLargestWeightCode);
    sum += error * error;
  }
  return sum;
}

}  // namespace

ActivationRange SearchActivationRange(const Histogram& histogram) {
  if (histogram.min() == histogram.max()) {
    return {};
  }
  std::vector<Histogram::Bin> bins;
  for (int i = 0; i < histogram.size(); ++i) {
    if (const Histogram::Bin bin = histogram.bin(i); bin.count > 0) {
      bins.push_back(bin);
    }
  }
  ActivationRange best;
  double least = std::numeric_limits<double>::infinity();
  // A side without elements has nothing to clip.
  const int first_low = histogram.min() < 0 ? 0 : kSteps - 1;
  const int first_high = histogram.max() > 0 ? 0 : kSteps - 1;
  for (int low = first_low; low < kSteps; ++low) {
    for (int high = first_high; high < kSteps; ++high) {
      const ActivationRange range =
          RangeOf(Share(low) * histogram.min(), Share(high) * histogram.max());
      if (const double error = SquaredError(bins, range); error < least) {
        least = error;
        best = range;
      }
    }
  }
  return best;
}

float SearchWeightScale(std::span<const float> weights) {
  float largest = 0;
  for (const float weight : weights) {
    largest = std::max(largest, std::abs(weight));
  }
  // So small a channel adds nothing that a float could tell from zero.
  if (largest < std::numeric_limits<float>::min() * kLargestWeightCode) {
    return 1;
  }
  float best = 0;
  float least = std::numeric_limits<float>::infinity();
  for (int step = 0; step < kWeightSteps; ++step) {
    const float share = 1 - (1 - kLeastWeightShare) * static_cast<float>(step) / kWeightSteps;
    const float scale = share * largest / kLargestWeightCode;
    if (const float error = SquaredWeightError(weights, scale); best == 0 || error < least) {
      least = error;
      best = scale;
    }
  }
  return best;
}

}  // namespace tideline
