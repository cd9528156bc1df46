#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <string_view>

#include "absl/time/time.h"

namespace tideline {

enum class Term { kHead, kEncode, kLink, kDecode, kQueue, kTail };

constexpr std::array<std::string_view, 6> EnumNames(Term) {
  return {"head", "encode", "link", "decode", "queue", "tail"};
}

// What a term took, measured over predicted, as a robust moving average of logarithms: one outlier
// hardly moves it, a lasting change is followed within about ten requests. Pure. Thread-compatible.
class TermRatio {
 public:
  void Add(double ratio);

  double ratio() const;                      // 1 before the first
  double spread() const { return spread_; }  // mean absolute deviation of the logarithm
  int64_t count() const { return count_; }

 private:
  double center_ = 0;
  double spread_ = 0.1;
  double one_sided_ = 0;  // the latest deviations, by their signs alone: -1 to 1
  int64_t count_ = 0;
};

// Holds what was measured against the profiles, term by term. Pure. Thread-compatible.
class ModelCorrection {
 public:
  // Both of one request; `predicted` by the profile alone, without any slowdown, else a correction
  // would be corrected. What is too short to be measured is ignored.
  void Add(Term term, absl::Duration predicted, absl::Duration measured);

  // For Conditions: what the edge takes, over its profile, and likewise the cloud.
  double edge_slowdown() const;
  double cloud_slowdown() const;

  // How far a term has drifted from what the planner is told: ratio, spread, count.
  const TermRatio& Of(Term term) const { return terms_[static_cast<size_t>(term)]; }

 private:
  double Slowdown(Term main, Term other) const;

  std::array<TermRatio, EnumNames(Term()).size()> terms_;
  std::array<double, EnumNames(Term()).size()> seconds_ = {};  // predicted, as an average
};

}  // namespace tideline
