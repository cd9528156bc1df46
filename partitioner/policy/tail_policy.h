#pragma once

#include <array>
#include <cstddef>
#include <deque>
#include <limits>
#include <string_view>

#include "absl/time/time.h"

#include "partitioner/planner/plan.h"

namespace tideline {

// When an answer comes, as a distribution: ns from the request's admission, at some of the shares
// of the time in which it comes no later.
struct Arrival {
  static constexpr std::array<double, 13> kShares = {0.01, 0.05, 0.1, 0.2, 0.3,  0.4, 0.5,
                                                     0.6,  0.7,  0.8, 0.9, 0.95, 0.99};
  // How much of the time each of them stands for.
  static constexpr std::array<double, 13> kWeights = {0.03, 0.045, 0.075, 0.1,   0.1,   0.1, 0.1,
                                                      0.1,  0.1,   0.1,   0.075, 0.045, 0.03};

  std::array<double, kShares.size()> ns = {};  // not descending

  double At(double share) const;
  // The share of the time in which it has come by then; 1 from the last of `ns` on.
  double ChanceBy(double by_ns) const;
};

// What the edge itself would take, ns from the request's admission where nothing else is said.
struct LocalWork {
  double ready_ns = 0;   // its head and encoding are done: a local finish cannot start sooner
  double finish_ns = 0;  // what then remains of the network, by itself
  double whole_ns = 0;   // the whole network, had it never gone to the cloud
};

struct TailOptions {
  TailMode mode = TailMode::kDeadline;
  absl::Duration deadline = absl::InfiniteDuration();
  double margin = 1.5;  // LocalMargin: the time a finish may take over the one that is expected
};

struct TailPlan {
  static constexpr double kNever = std::numeric_limits<double>::infinity();

  double start_ns = kNever;  // of the local finish, from admission; it ends when the cloud answers
};

// Pure. A deadline that cannot be kept any more starts the finish at once, and so does a race in
// which the chance of the cloud is below kRaceChance from the beginning; where it is above, the
// finish starts when the cloud has been silent for so long that the chance fell below it.
inline constexpr double kRaceChance = 0.99;
TailPlan PlanTail(const TailOptions& options, const LocalWork& work, const Arrival& cloud);

// How much longer than expected local finishes take: what 99 of 100 stay below. Until there are
// that many, the longest, and more the fewer there are. Thread-compatible.
class LocalMargin {
 public:
  void Add(absl::Duration expected, absl::Duration measured);
  // Measured over expected, from 1 on; 1.5 before the first.
  double margin() const;

 private:
  static constexpr size_t kMost = 128;

  std::deque<double> ratios_;
};

}  // namespace tideline
