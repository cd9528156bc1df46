#include "partitioner/profiler/median_interval.h"

#include <cmath>
#include <numeric>
#include <random>

#include <gtest/gtest.h>

namespace tideline {
namespace {

TEST(MedianIntervalTest, FewSamplesGiveTheirRange) {
  EXPECT_EQ(MedianInterval({7}), Estimate::Exactly(7));
  EXPECT_EQ(MedianInterval({5, 1}), (Estimate{3, 1, 5}));
  EXPECT_EQ(MedianInterval({5, 1, 2, 9, 4}), (Estimate{4, 1, 9}));
}

// Conover's table: of 10 samples the 2nd to the 9th, of 100 the 40th to the 61st.
TEST(MedianIntervalTest, RanksAreThoseOfTheTable) {
  std::vector<double> samples(10);
  std::iota(samples.begin(), samples.end(), 1);
  EXPECT_EQ(MedianInterval(samples), (Estimate{5.5, 2, 9}));
  samples.resize(100);
  std::iota(samples.begin(), samples.end(), 1);
  EXPECT_EQ(MedianInterval(samples), (Estimate{50.5, 40, 61}));
}

TEST(MedianIntervalTest, HoldsTheTrueMedianOfASkewedDistribution) {
  std::mt19937 random(/*seed=*/7);
  constexpr int kTrials = 4000;
  int held = 0;
  for (int trial = 0; trial < kTrials; ++trial) {
    std::vector<double> samples(31);
    for (double& sample : samples) {
      sample = -std::log((random() + 0.5) * 0x1p-32);  // exponential; its median is ln 2
    }
    const Estimate estimate = MedianInterval(samples);
    held += estimate.low <= std::log(2.0) && std::log(2.0) <= estimate.high ? 1 : 0;
  }
  EXPECT_GE(held, kTrials * 0.94);
  EXPECT_LE(held, kTrials * 0.985);  // and is no wider than it must be
}

}  // namespace
}  // namespace tideline
