#include "partitioner/policy/model_correction.h"

#include <algorithm>
#include <cmath>

namespace tideline {
namespace {

constexpr double kFastest = 0.25;      // weight of a new value while there are few, or a change
constexpr double kUsual = 0.05;        // and otherwise
constexpr double kMostDeviations = 3;  // of the mean absolute one: what is farther counts as that
constexpr double kLeastSpread = 0.01;
constexpr double kMostRatio = 1000;
constexpr double kSignWeight = 0.3;
constexpr double kSignFrom = 0.25;  // of the spread: what is less has no sign
constexpr double kOneSided = 0.8;   // five deviations of the same sign in a row
constexpr absl::Duration kTooShort = absl::Microseconds(50);
constexpr double kProfileSeconds = 0.01;  // what the profile counts as, beside what was measured

}  // namespace

void TermRatio::Add(double ratio) {
  if (!(ratio > 0)) {
    return;
  }
  const double value = std::log(std::clamp(ratio, 1 / kMostRatio, kMostRatio));
  if (++count_ == 1) {
    center_ = value;
    return;
  }
  const double deviation = value - center_;
  const double least = kSignFrom * spread_;
  const double sign = deviation > least ? 1 : deviation < -least ? -1 : 0;
  one_sided_ += kSignWeight * (sign - one_sided_);
  const bool changed = std::abs(one_sided_) > kOneSided;
  const double weight =
      changed ? kFastest : std::max(kUsual, kFastest / static_cast<double>(count_ - 1));
  const double most = changed ? std::abs(deviation) : kMostDeviations * spread_;
  const double clipped = std::clamp(deviation, -most, most);
  center_ += weight * clipped;
  spread_ = std::max(kLeastSpread, spread_ + kUsual * (std::abs(clipped) - spread_));
}

double TermRatio::ratio() const { return std::exp(center_); }

void ModelCorrection::Add(Term term, absl::Duration predicted, absl::Duration measured) {
  if (predicted < kTooShort || measured <= absl::ZeroDuration()) {
    return;
  }
  const auto index = static_cast<size_t>(term);
  terms_[index].Add(absl::FDivDuration(measured, predicted));
  const double seconds = absl::ToDoubleSeconds(predicted);
  seconds_[index] += kFastest * (seconds - seconds_[index]);
}

// Of two terms of one machine, each as much as it takes of the time. Until the network itself was
// measured the profile counts too: two milliseconds of encoding say little about it.
double ModelCorrection::Slowdown(Term main, Term other) const {
  const double a = seconds_[static_cast<size_t>(main)];
  const double b = seconds_[static_cast<size_t>(other)];
  const double profile = kProfileSeconds / static_cast<double>(1 + Of(main).count());
  return (a * Of(main).ratio() + b * Of(other).ratio() + profile) / (a + b + profile);
}

double ModelCorrection::edge_slowdown() const { return Slowdown(Term::kHead, Term::kEncode); }

double ModelCorrection::cloud_slowdown() const { return Slowdown(Term::kTail, Term::kDecode); }

}  // namespace tideline
