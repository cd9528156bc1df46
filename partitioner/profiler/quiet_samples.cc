#include "partitioner/profiler/quiet_samples.h"

#include <algorithm>

#include "partitioner/profiler/median_interval.h"

namespace tideline {

void QuietSamples::EndRound(bool quiet) {
  std::vector<double>& kept = quiet ? quiet_ : disturbed_;
  kept.insert(kept.end(), round_.begin(), round_.end());
  round_.clear();
}

Estimate QuietSamples::Nanoseconds() const {
  constexpr double kNsPerMs = 1e6;
  std::vector<double> samples = quiet_;
  if (samples.size() < kEnough) {
    samples.insert(samples.end(), disturbed_.begin(), disturbed_.end());
    samples.insert(samples.end(), round_.begin(), round_.end());
  }
  std::ranges::for_each(samples, [](double& time) { time *= kNsPerMs; });
  return MedianInterval(std::move(samples));
}

}  // namespace tideline
