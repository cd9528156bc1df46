#pragma once

#include <cstdint>

#include "common/base/clock.h"
#include "partitioner/planner/link.h"
#include "partitioner/policy/recent_samples.h"

namespace tideline {

// What a measurement says of a rate or a time.
enum class Bound {
  kExact,
  kAtMost,   // no more than this: so much has not come through yet
  kAtLeast,  // no less: there was no more to send
};

struct TrackerOptions {
  absl::Duration half_life = absl::Seconds(20);
  double half_count = 6;

  // Change detection by two cumulative sums (Page's test) over the distance from the median in
  // units of the spread: what a sample adds is at most `most`, and `slack` is taken off each time;
  // above `alarm` what was measured before the excursion began is forgotten.
  double slack = 0.5;
  double most = 4;
  double alarm = 4;
  double least_spread = 0.15;  // of logarithms

  // The standard deviation of logarithms that one lone sample is trusted to, where samples did not
  // differ by more, and by how much its square grows for each second without any sample. What
  // samples differ by is lost within `fade`. Never above `most_spread`.
  double lone_spread = 0.2;
  double drift = 0.01;
  absl::Duration fade = absl::Seconds(5);
  double most_spread = 1.5;
};

// Follows a positive quantity that jumps, such as the rate of a link, as a distribution. It forgets
// by age and by newer samples, and at once where a change is detected: two samples that are far out
// are enough, one outlier is not. How much samples differ is kept beyond that, so that on a link
// that never rests one sample is not taken for the truth. Pure. Thread-compatible.
class Tracker {
 public:
  explicit Tracker(const TrackerOptions& options = {})
      : options_(options), samples_(options.half_life, options.half_count) {}

  // A bound that says nothing new is ignored: at most a value above the lower quartile, at least
  // one below the median. A value takes the place of lower bounds below it that came right before.
  // Values that are not above 0 or not finite are ignored.
  void Add(MonotonicTime now, double value, Bound bound = Bound::kExact);

  // Forgets what was measured before `at`.
  void Forget(MonotonicTime at) { samples_.DropBefore(at); }

  bool known() const { return !samples_.empty(); }
  // When the last sample came; of at least one.
  MonotonicTime updated() const { return samples_.newest().at; }
  // Of at least one sample, wider the fewer and the older they are.
  Quantiles Estimate(MonotonicTime now) const;
  // The standard deviation of the logarithm that Estimate has; of at least one sample.
  double Spread(MonotonicTime now) const;
  // The latest sample was a lower bound far above what was known: the truth may be anything above.
  bool open_above() const { return open_above_; }
  // How often a change was detected.
  int64_t changes() const { return changes_; }
  // What was measured before that was forgotten.
  MonotonicTime forgotten() const { return forgotten_; }

  const RecentSamples& samples() const { return samples_; }  // logarithms

 private:
  struct Excursion {
    double sum = 0;
    MonotonicTime begin;
  };

  bool Detect(MonotonicTime now, double distance, Excursion& excursion) const;
  void Change(double logarithm, double before, Excursion& excursion);
  size_t CountNearer(double value, double before) const;
  double Widening(MonotonicTime now) const;
  double SampleSpread() const;
  void LearnVolatility(double logarithm);
  void AddFirst(MonotonicTime now, double logarithm, Bound bound);
  void CountBounds(double logarithm, Bound bound);

  TrackerOptions options_;
  RecentSamples samples_;
  Excursion up_;
  Excursion down_;
  size_t bounds_ = 0;  // of the newest samples, that are lower bounds
  bool open_above_ = false;
  double volatility_ = 0;  // by what samples differ from the ones before; changes do not end it
  int64_t changes_ = 0;
  MonotonicTime forgotten_ = -absl::InfiniteDuration();
};

}  // namespace tideline
