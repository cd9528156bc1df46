#pragma once

#include <cstddef>
#include <vector>

#include "partitioner/planner/profile.h"

namespace tideline {

// Times of one thing, taken in rounds of which some were disturbed by other processes.
class QuietSamples {
 public:
  static constexpr size_t kEnough = 5;

  void Add(double milliseconds) { round_.push_back(milliseconds); }

  // Whether what was added since the last round was left alone.
  void EndRound(bool quiet);

  void Clear() { *this = QuietSamples(); }

  // Of the quiet rounds, or of all where fewer than kEnough times are from quiet ones. There is at
  // least one. Pure.
  Estimate Nanoseconds() const;

 private:
  std::vector<double> round_;
  std::vector<double> quiet_;
  std::vector<double> disturbed_;
};

}  // namespace tideline
