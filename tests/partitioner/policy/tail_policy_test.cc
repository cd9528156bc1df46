#include "partitioner/policy/tail_policy.h"

#include <algorithm>

#include <gtest/gtest.h>

namespace tideline {
namespace {

// Evenly from `first` to `last` milliseconds.
Arrival Evenly(double first_ms, double last_ms) {
  Arrival arrival;
  for (size_t i = 0; i < arrival.ns.size(); ++i) {
    arrival.ns[i] = 1e6 * (first_ms + Arrival::kShares[i] * (last_ms - first_ms));
  }
  return arrival;
}

// A head of 30 ms before a finish of 70 ms; 100 ms in all.
constexpr LocalWork kWork = {.ready_ns = 30e6, .finish_ns = 70e6, .whole_ns = 100e6};

TEST(ArrivalTest, SharesAndTimesAreInverse) {
  const Arrival arrival = Evenly(50, 150);
  EXPECT_NEAR(arrival.At(0.5), 100e6, 1);
  EXPECT_NEAR(arrival.ChanceBy(100e6), 0.5, 1e-9);
  EXPECT_NEAR(arrival.ChanceBy(arrival.At(0.73)), 0.73, 1e-9);
  EXPECT_EQ(arrival.ChanceBy(40e6), 0);
  EXPECT_EQ(arrival.ChanceBy(151e6), 1);
}

TEST(ArrivalTest, TheWeightsAreTheWhole) {
  double sum = 0;
  for (const double weight : Arrival::kWeights) {
    sum += weight;
  }
  EXPECT_NEAR(sum, 1, 1e-9);
}

TEST(TailPolicyTest, TheFinishStartsAsLateAsTheDeadlineAllows) {
  const TailOptions options{TailMode::kDeadline, absl::Milliseconds(250), 1.1};
  EXPECT_NEAR(PlanTail(options, kWork, Evenly(50, 90)).start_ns, 250e6 - 1.1 * 70e6 - 1e6, 1);
}

TEST(TailPolicyTest, ADeadlineThatCannotBeKeptStartsItAtOnce) {
  const TailOptions options{TailMode::kDeadline, absl::Milliseconds(90), 1.1};
  EXPECT_EQ(PlanTail(options, kWork, Evenly(50, 90)).start_ns, kWork.ready_ns);
}

TEST(TailPolicyTest, WithoutADeadlineNothingStartsByItself) {
  EXPECT_EQ(PlanTail({}, kWork, Evenly(50, 90)).start_ns, TailPlan::kNever);
}

TEST(TailPolicyTest, ARaceStartsAtOnceWhereTheCloudMayBeSlower) {
  const TailOptions race{.mode = TailMode::kRace};
  EXPECT_EQ(PlanTail(race, kWork, Evenly(50, 120)).start_ns, kWork.ready_ns);
}

TEST(TailPolicyTest, ARaceStartsWhenACloudThatSeemedSafeIsSilentForTooLong) {
  const TailOptions race{.mode = TailMode::kRace};
  const Arrival safe = Evenly(50, 90);
  const double start = PlanTail(race, kWork, safe).start_ns;
  EXPECT_GE(start, safe.At(0.5));
  EXPECT_LE(start, 90e6);
}

TEST(TailPolicyTest, ARaceStartsNoEarlierThanTheHeadIsDone) {
  const TailOptions race{.mode = TailMode::kRace};
  const LocalWork late{.ready_ns = 95e6, .finish_ns = 10e6, .whole_ns = 100e6};
  EXPECT_EQ(PlanTail(race, late, Evenly(96, 97)).start_ns, 96.99e6);
}

TEST(LocalMarginTest, ItBeginsWideAndNarrowsToWhatIsMeasured) {
  LocalMargin margin;
  EXPECT_EQ(margin.margin(), 1.5);
  for (int i = 0; i < 100; ++i) {
    margin.Add(absl::Milliseconds(10), absl::Milliseconds(10) * (i % 2 == 0 ? 0.95 : 1.05));
  }
  EXPECT_GT(margin.margin(), 1.05);
  EXPECT_LT(margin.margin(), 1.07);
}

TEST(LocalMarginTest, OneInFiftyThatIsSlowIsCountedIn) {
  LocalMargin margin;
  for (int i = 0; i < 100; ++i) {
    margin.Add(absl::Milliseconds(10), absl::Milliseconds(i % 50 == 0 ? 20 : 10));
  }
  EXPECT_GE(margin.margin(), 2);
}

TEST(LocalMarginTest, ItIsNeverBelowOne) {
  LocalMargin margin;
  for (int i = 0; i < 1000; ++i) {
    margin.Add(absl::Milliseconds(10), absl::Milliseconds(5));
  }
  EXPECT_EQ(margin.margin(), 1);
}

}  // namespace
}  // namespace tideline
