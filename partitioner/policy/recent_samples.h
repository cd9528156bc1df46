#pragma once

#include <cstddef>
#include <deque>
#include <span>
#include <vector>

#include "common/base/clock.h"

namespace tideline {

// The latest values of something that changes, as a distribution: a value counts half as much after
// `half_life`, and half as much again once `half_count` newer ones are there. Pure and bounded.
// Thread-compatible.
class RecentSamples {
 public:
  static constexpr size_t kMost = 64;

  struct Sample {
    MonotonicTime at;
    double value = 0;
  };

  RecentSamples(absl::Duration half_life, double half_count)
      : half_life_(half_life), half_count_(half_count) {}

  // `at` does not fall. Above kMost the oldest one goes.
  void Add(MonotonicTime at, double value);
  // Takes the newest one back; of at least one.
  void DropNewest() { samples_.pop_back(); }
  // Forgets what was added for a time before `at`.
  void DropBefore(MonotonicTime at);

  bool empty() const { return samples_.empty(); }
  const Sample& newest() const { return samples_.back(); }  // of at least one
  const std::deque<Sample>& samples() const { return samples_; }

  // The values below which these shares of the weight lie, linear between the values, for ascending
  // `probabilities`; of at least one value.
  std::vector<double> Quantiles(std::span<const double> probabilities) const;
  double Quantile(double probability) const;

  // How many values of equal weight would tell as much.
  double EffectiveCount() const;

 private:
  double Weight(size_t index) const;

  absl::Duration half_life_;
  double half_count_;
  std::deque<Sample> samples_;  // oldest first
};

}  // namespace tideline
