#include "partitioner/profiler/median_interval.h"

#include <algorithm>
#include <cmath>
#include <cstddef>

namespace tideline {
namespace {

constexpr double kTail = 0.025;  // that the median lies on one side of the interval

// How many of `count` samples may be left out on each side: the chance that no more than these are
// below the median is at most kTail. 0 where there are too few samples for that.
size_t LeftOut(size_t count) {
  const auto n = static_cast<double>(count);
  double chance = 0;
  for (size_t below = 0;; ++below) {
    const auto k = static_cast<double>(below);
    chance += std::exp(std::lgamma(n + 1) - std::lgamma(k + 1) - std::lgamma(n - k + 1) -
                       n * std::log(2.0));
    if (chance > kTail) {
      return std::max<size_t>(below, 1) - 1;
    }
  }
}

}  // namespace

Estimate MedianInterval(std::vector<double> samples) {
  std::ranges::sort(samples);
  const size_t count = samples.size();
  const size_t out = LeftOut(count);
  return {.median = (samples[(count - 1) / 2] + samples[count / 2]) / 2,
          .low = samples[out],
          .high = samples[count - 1 - out]};
}

}  // namespace tideline
