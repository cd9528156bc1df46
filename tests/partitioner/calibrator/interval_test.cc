#include "partitioner/calibrator/interval.h"

#include <random>

#include <gtest/gtest.h>

namespace tideline {
namespace {

TEST(IntervalTest, NothingMeasuredIsZero) {
  EXPECT_EQ(ShareInterval(0, 0), Interval{});
  EXPECT_EQ(DropInterval(0, 0, 0), Interval{});
}

TEST(IntervalTest, WilsonsFigures) {
  // 90 of 100, as published tables have it.
  const Interval share = ShareInterval(90, 100);
  EXPECT_DOUBLE_EQ(share.value, 0.9);
  EXPECT_NEAR(share.low, 0.8256, 1e-4);
  EXPECT_NEAR(share.high, 0.9448, 1e-4);
  EXPECT_EQ(ShareInterval(100, 100).high, 1);
  EXPECT_LT(ShareInterval(100, 100).low, 0.97);
}

TEST(IntervalTest, ADropOfNothingStillHasAWidth) {
  const Interval drop = DropInterval(0, 0, 2000);
  EXPECT_EQ(drop.value, 0);
  EXPECT_GT(drop.high, 0.001);
  EXPECT_LT(drop.high, 0.002);
  EXPECT_EQ(drop.low, -drop.high);
}

TEST(IntervalTest, NineteenOfTwentyIntervalsHoldTheTruth) {
  std::mt19937 random(1);
  constexpr int kTrials = 2000;
  constexpr int kCases = 400;
  std::discrete_distribution<int> outcome({0.95, 0.03, 0.02});  // same, lost, gained
  int held = 0;
  for (int trial = 0; trial < kTrials; ++trial) {
    int counts[3] = {};
    for (int i = 0; i < kCases; ++i) {
      ++counts[outcome(random)];
    }
    const Interval drop = DropInterval(counts[1], counts[2], kCases);
    held += drop.low <= 0.01 && 0.01 <= drop.high ? 1 : 0;
  }
  EXPECT_GT(held, 0.94 * kTrials);
  EXPECT_LT(held, 0.98 * kTrials);
}

}  // namespace
}  // namespace tideline
