#include "partitioner/policy/tracker.h"

#include <algorithm>
#include <array>
#include <cmath>
#include <vector>

namespace tideline {
namespace {

// Probabilities of the estimate and, of a normal distribution, the value at each.
constexpr std::array<double, 9> kProbabilities = {0.01, 0.05, 0.1,  0.25, 0.5,
                                                  0.75, 0.9,  0.95, 0.99};
constexpr std::array<double, 9> kNormal = {-2.326, -1.645, -1.282, -0.674, 0,
                                           0.674,  1.282,  1.645,  2.326};

// Where the normal distribution is one standard deviation from its middle.
constexpr std::array<double, 3> kMiddle = {0.16, 0.5, 0.84};

constexpr double kUninformative = 0.25;  // of the estimate: a rate known to be below says nothing
constexpr double kFarAbove = 2;          // spreads above the median
constexpr double kMostDifference = 1.5;  // one step does not make a link restless
constexpr double kDifferenceOfTwo = 1.128;  // mean difference of two values, in their deviations
constexpr double kVolatilityWeight = 0.05;
constexpr double kHalved = 0.7;  // or less, as a difference of logarithms
constexpr double kLeastValue = 1e-9;
constexpr double kMostValue = 1e18;

}  // namespace

void Tracker::Add(MonotonicTime now, double value, Bound bound) {
  if (!(value > kLeastValue && value < kMostValue)) {
    return;
  }
  const double logarithm = std::log(value);
  if (samples_.empty()) {
    AddFirst(now, logarithm, bound);
    return;
  }
  const bool says_nothing =
      (bound == Bound::kAtMost && logarithm > samples_.Quantile(kUninformative)) ||
      (bound == Bound::kAtLeast && logarithm < samples_.Quantile(0.5));
  if (says_nothing) {
    return;
  }
  CountBounds(logarithm, bound);
  if (samples_.empty()) {
    AddFirst(now, logarithm, bound);
    return;
  }
  LearnVolatility(logarithm);
  const double spread = std::max(SampleSpread(), options_.least_spread);
  const double before = samples_.Quantile(0.5);
  const double distance = (logarithm - before) / spread;
  open_above_ = bound == Bound::kAtLeast && distance > kFarAbove;
  const bool rose = Detect(now, distance, up_);
  const bool fell = Detect(now, -distance, down_);
  samples_.Add(now, logarithm);
  if (rose || fell) {
    Change(logarithm, before, rose ? up_ : down_);
  }
}

// An excursion may have begun long before a fall, with samples that were hardly out: where the rate
// is halved only what lies beyond that is kept, and one sample alone may be an outlier.
void Tracker::Change(double logarithm, double before, Excursion& excursion) {
  MonotonicTime begin = excursion.begin;
  if (before - logarithm > kHalved) {
    const size_t beyond = CountNearer(logarithm, before);
    if (beyond < 2) {
      excursion.sum = options_.alarm;  // the next one like it is the alarm
      return;
    }
    const auto& all = samples_.samples();
    begin = std::max(begin, all[all.size() - beyond].at);
  }
  forgotten_ = begin;
  samples_.DropBefore(begin);
  up_ = down_ = Excursion();
  ++changes_;
}

void Tracker::AddFirst(MonotonicTime now, double logarithm, Bound bound) {
  open_above_ = bound == Bound::kAtLeast;
  bounds_ = open_above_ ? 1 : 0;
  samples_.Add(now, logarithm);
}

// What was known to be at least so much is known better by an exact value above it.
void Tracker::CountBounds(double logarithm, Bound bound) {
  if (bound == Bound::kAtLeast) {
    ++bounds_;
    return;
  }
  const bool replaced = bound == Bound::kExact;
  while (replaced && bounds_ > 0 && !samples_.empty() && samples_.newest().value < logarithm) {
    samples_.DropNewest();
    --bounds_;
  }
  bounds_ = 0;
}

bool Tracker::Detect(MonotonicTime now, double distance, Excursion& excursion) const {
  if (excursion.sum == 0) {
    excursion.begin = now;
  }
  excursion.sum = std::max(0.0, excursion.sum + std::min(distance, options_.most) - options_.slack);
  return excursion.sum > options_.alarm;
}

// How many of the newest samples, one after the other, are nearer to `value` than to `before`.
size_t Tracker::CountNearer(double value, double before) const {
  const auto is_nearer = [&](const RecentSamples::Sample& sample) {
    return std::abs(sample.value - value) < std::abs(sample.value - before);
  };
  const auto& all = samples_.samples();
  return std::find_if_not(all.rbegin(), all.rend(), is_nearer) - all.rbegin();
}

void Tracker::LearnVolatility(double logarithm) {
  const double difference =
      std::min(std::abs(logarithm - samples_.newest().value), kMostDifference) / kDifferenceOfTwo;
  volatility_ += kVolatilityWeight * (difference - volatility_);
}

double Tracker::SampleSpread() const {
  const std::vector<double> middle = samples_.Quantiles(kMiddle);
  return (middle[2] - middle[0]) / 2;
}

// What the samples themselves do not show.
double Tracker::Widening(MonotonicTime now) const {
  const double lone = std::max(options_.lone_spread, volatility_);
  const absl::Duration age = std::max(now - updated(), absl::ZeroDuration());
  const double few = lone * lone / samples_.EffectiveCount();
  const double old =
      options_.drift * absl::ToDoubleSeconds(age) +
      volatility_ * volatility_ * std::min(absl::FDivDuration(age, options_.fade), 1.0);
  return std::min(std::sqrt(few + old), options_.most_spread);
}

double Tracker::Spread(MonotonicTime now) const {
  return std::hypot(SampleSpread(), Widening(now));
}

Quantiles Tracker::Estimate(MonotonicTime now) const {
  const std::vector<double> values = samples_.Quantiles(kProbabilities);
  const double widening = Widening(now);
  std::vector<Quantiles::Point> points;
  for (size_t i = 0; i < values.size(); ++i) {
    // Away from the median as two independent deviations add up.
    const double own = values[i] - values[kProbabilities.size() / 2];
    const double away = std::hypot(own, widening * kNormal[i]);
    const double value = values[kProbabilities.size() / 2] + std::copysign(away, kNormal[i]);
    points.push_back({kProbabilities[i], std::exp(value)});
  }
  return Quantiles::Make(std::move(points)).value();
}

}  // namespace tideline
