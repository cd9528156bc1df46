#include "partitioner/quantizer/histogram.h"

#include <cmath>
#include <limits>
#include <numeric>
#include <random>
#include <vector>

#include <gtest/gtest.h>

namespace tideline {
namespace {

int64_t Counted(const Histogram& histogram) {
  int64_t count = 0;
  for (int i = 0; i < histogram.size(); ++i) {
    count += histogram.bin(i).count;
  }
  return count;
}

TEST(HistogramTest, EveryElementButZeroIsInABin) {
  Histogram histogram;
  histogram.Add(std::vector<float>{0, 1, -2, 0, 3.5F, 3.5F});
  EXPECT_EQ(histogram.count(), 6);
  EXPECT_EQ(Counted(histogram), 4);
  EXPECT_EQ(histogram.min(), -2);
  EXPECT_EQ(histogram.max(), 3.5F);
}

TEST(HistogramTest, AGrowingRangeLosesNothing) {
  std::mt19937 random(1);
  std::normal_distribution<float> normal;
  Histogram histogram;
  float width = 1e-6F;
  for (int round = 0; round < 40; ++round, width *= 3) {
    std::vector<float> elements(100);
    for (float& each : elements) {
      each = width * normal(random);
    }
    histogram.Add(elements);
    ASSERT_EQ(Counted(histogram), histogram.count()) << round;
  }
}

TEST(HistogramTest, BinsStayFineAsTheRangeGrows) {
  Histogram histogram;
  histogram.Add(std::vector<float>{1e-3F});
  std::vector<float> ramp(1000);
  std::iota(ramp.begin(), ramp.end(), -500.0F);
  histogram.Add(ramp);
  // At least half of the bins are in use, so a bin is at most 1/1024 of the range wide.
  for (int i = 0; i < histogram.size(); ++i) {
    EXPECT_LE(histogram.bin(i).count, 2);
  }
  EXPECT_EQ(Counted(histogram), 1000);  // 1e-3 and all of the ramp but its zero
}

TEST(HistogramTest, WhatIsNoNumberIsCountedApart) {
  Histogram histogram;
  histogram.Add(std::vector<float>{1, NAN, std::numeric_limits<float>::infinity()});
  EXPECT_EQ(histogram.not_finite(), 2);
  EXPECT_EQ(histogram.max(), 1);
}

TEST(HistogramTest, ExtremesOfFloatAreHeld) {
  constexpr float kLargest = std::numeric_limits<float>::max();
  constexpr float kSmallest = std::numeric_limits<float>::denorm_min();
  Histogram histogram;
  histogram.Add(std::vector<float>{kSmallest});
  histogram.Add(std::vector<float>{kLargest, -kLargest});
  EXPECT_EQ(Counted(histogram), 3);
}

}  // namespace
}  // namespace tideline
