#include "partitioner/policy/tracker.h"

#include <cmath>
#include <random>

#include <gtest/gtest.h>

namespace tideline {
namespace {

MonotonicTime At(double seconds) { return absl::Seconds(seconds); }

// `count` values around `middle`, one every half second, from `begin` on.
double Feed(Tracker& tracker, double begin, int count, double middle, double spread = 0) {
  static std::mt19937 random(3);
  std::normal_distribution<double> normal;
  for (int i = 0; i < count; ++i) {
    begin += 0.5;
    tracker.Add(At(begin), middle * std::exp(spread * normal(random)));
  }
  return begin;
}

TEST(TrackerTest, ASteadyRateIsKnownExactly) {
  Tracker tracker;
  const double end = Feed(tracker, 0, 20, 5e6);
  EXPECT_NEAR(tracker.Estimate(At(end)).median(), 5e6, 1);
  EXPECT_LT(tracker.Spread(At(end)), 0.1);
}

TEST(TrackerTest, AFallIsFollowedAfterTwoSamplesAndIsOneChange) {
  Tracker tracker;
  const double step = Feed(tracker, 0, 40, 18.88e6, 0.05);
  const double end = Feed(tracker, step, 2, 1.1e6, 0.05);
  EXPECT_NEAR(tracker.Estimate(At(end)).median(), 1.1e6, 0.2e6);
  EXPECT_EQ(tracker.changes(), 1);
  Feed(tracker, end, 40, 1.1e6, 0.05);
  EXPECT_EQ(tracker.changes(), 1);
}

TEST(TrackerTest, OfALinkThatFellNothingFromBeforeIsLeft) {
  Tracker tracker;
  const double steady = Feed(tracker, 0, 20, 18.88e6);
  const double step = Feed(tracker, steady, 6, 16e6);  // slightly out: an excursion begins
  EXPECT_EQ(tracker.changes(), 0);
  const double end = Feed(tracker, step, 2, 1.1e6);
  EXPECT_EQ(tracker.changes(), 1);
  EXPECT_NEAR(tracker.Estimate(At(end)).median(), 1.1e6, 1e4);
  EXPECT_LT(tracker.Estimate(At(end)).At(0.95), 2e6);
}

TEST(TrackerTest, ARiseIsFollowedAsFast) {
  Tracker tracker;
  const double step = Feed(tracker, 0, 40, 1.1e6, 0.05);
  const double end = Feed(tracker, step, 2, 18.88e6, 0.05);
  EXPECT_NEAR(tracker.Estimate(At(end)).median(), 18.88e6, 3e6);
}

TEST(TrackerTest, OneOutlierIsNoChange) {
  Tracker tracker;
  const double before = Feed(tracker, 0, 40, 5e6, 0.05);
  const double end = Feed(tracker, Feed(tracker, before, 1, 0.1e6), 3, 5e6, 0.05);
  EXPECT_EQ(tracker.changes(), 0);
  EXPECT_NEAR(tracker.Estimate(At(end)).median(), 5e6, 1e6);
}

TEST(TrackerTest, ALowerBoundFarAboveLeavesOpenHowMuchMore) {
  Tracker tracker;
  const double step = Feed(tracker, 0, 40, 1.1e6, 0.05);
  EXPECT_FALSE(tracker.open_above());
  tracker.Add(At(step + 0.5), 1.12e6, Bound::kAtLeast);
  EXPECT_FALSE(tracker.open_above());
  tracker.Add(At(step + 1), 6e6, Bound::kAtLeast);
  EXPECT_TRUE(tracker.open_above());
  tracker.Add(At(step + 1.5), 18.88e6);
  EXPECT_FALSE(tracker.open_above());
}

TEST(TrackerTest, AnExactValueTakesThePlaceOfLowerBoundsBelowIt) {
  Tracker tracker;
  const double step = Feed(tracker, 0, 40, 1.1e6, 0.05);
  tracker.Add(At(step + 0.5), 6e6, Bound::kAtLeast);
  tracker.Add(At(step + 1), 18.88e6);
  EXPECT_NEAR(tracker.Estimate(At(step + 1)).median(), 18.88e6, 1e3);
  EXPECT_EQ(tracker.changes(), 1);
}

TEST(TrackerTest, AnExactValueBelowALowerBoundReplacesNothing) {
  Tracker tracker;
  tracker.Add(At(0), 6e6, Bound::kAtLeast);
  EXPECT_TRUE(tracker.open_above());
  tracker.Add(At(1), 2e6);
  EXPECT_EQ(tracker.samples().samples().size(), 2u);
  tracker.Add(At(2), 8e6);
  EXPECT_EQ(tracker.samples().samples().size(), 3u);
}

TEST(TrackerTest, LowerBoundsAloneAreReplacedByTheFirstExactValue) {
  Tracker tracker;
  tracker.Add(At(0), 3e6, Bound::kAtLeast);
  tracker.Add(At(1), 6e6, Bound::kAtLeast);
  tracker.Add(At(2), 18e6);
  EXPECT_EQ(tracker.samples().samples().size(), 1u);
}

TEST(TrackerTest, NoiseIsNoChange) {
  Tracker tracker;
  Feed(tracker, 0, 1000, 5e6, 0.4);
  EXPECT_LE(tracker.changes(), 30);
}

TEST(TrackerTest, TheEstimateCoversWhatComes) {
  Tracker tracker;
  std::mt19937 random(5);
  std::normal_distribution<double> normal;
  int inside = 0;
  constexpr int kCount = 1000;
  for (int i = 0; i < kCount; ++i) {
    const MonotonicTime now = At(0.5 * i);
    const double next = 5e6 * std::exp(0.5 * normal(random));
    if (i > 0) {
      const Quantiles estimate = tracker.Estimate(now);
      inside += next >= estimate.At(0.05) && next <= estimate.At(0.95) ? 1 : 0;
    }
    tracker.Add(now, next);
  }
  EXPECT_GT(inside, 0.8 * kCount);
}

TEST(TrackerTest, UncertaintyGrowsWithAgeUpToALimit) {
  Tracker tracker;
  const double end = Feed(tracker, 0, 10, 5e6);
  const double soon = tracker.Spread(At(end + 1));
  const double later = tracker.Spread(At(end + 60));
  EXPECT_LT(soon, later);
  EXPECT_EQ(tracker.Spread(At(end + 1e6)), tracker.Spread(At(end + 2e6)));
  const Quantiles old = tracker.Estimate(At(end + 60));
  EXPECT_LT(old.At(0.05), 2.5e6);
  EXPECT_GT(old.At(0.95), 10e6);
  EXPECT_NEAR(old.median(), 5e6, 1);
}

TEST(TrackerTest, OnALinkThatNeverRestsOneSampleIsNotTheTruth) {
  Tracker calm;
  Tracker restless;
  const double end = Feed(calm, 0, 100, 5e6, 0.02);
  Feed(restless, 0, 100, 5e6, 0.8);
  calm.Forget(At(end - 0.1));
  restless.Forget(At(end - 0.1));
  ASSERT_TRUE(calm.known() && restless.known());
  EXPECT_GT(restless.Spread(At(end)), 2 * calm.Spread(At(end)));
}

TEST(TrackerTest, AnUpperBoundPullsDownAndALooseOneSaysNothing) {
  Tracker tracker;
  const double end = Feed(tracker, 0, 20, 5e6);
  tracker.Add(At(end), 50e6, Bound::kAtMost);
  EXPECT_NEAR(tracker.Estimate(At(end)).At(0.95), 5e6, 1e6);
  tracker.Add(At(end + 0.5), 0.05e6, Bound::kAtMost);
  tracker.Add(At(end + 1), 0.02e6, Bound::kAtMost);
  EXPECT_LT(tracker.Estimate(At(end + 1)).median(), 0.1e6);
}

TEST(TrackerTest, ALowerBoundPullsUpAndALooseOneSaysNothing) {
  Tracker tracker;
  const double end = Feed(tracker, 0, 20, 5e6);
  tracker.Add(At(end), 1e6, Bound::kAtLeast);
  EXPECT_NEAR(tracker.Estimate(At(end)).At(0.05), 5e6, 1e6);
  tracker.Add(At(end + 0.5), 20e6, Bound::kAtLeast);
  tracker.Add(At(end + 1), 20e6, Bound::kAtLeast);
  EXPECT_GT(tracker.Estimate(At(end + 1)).median(), 15e6);
}

TEST(TrackerTest, NonsenseIsIgnored) {
  Tracker tracker;
  tracker.Add(At(0), 0);
  tracker.Add(At(0), -1);
  tracker.Add(At(0), std::nan(""));
  tracker.Add(At(0), std::numeric_limits<double>::infinity());
  EXPECT_FALSE(tracker.known());
}

}  // namespace
}  // namespace tideline
