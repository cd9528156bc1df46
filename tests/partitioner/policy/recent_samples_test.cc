#include "partitioner/policy/recent_samples.h"

#include <array>

#include <gtest/gtest.h>

namespace tideline {
namespace {

MonotonicTime At(double seconds) { return absl::Seconds(seconds); }

TEST(RecentSamplesTest, OneValueIsEveryQuantile) {
  RecentSamples samples(absl::Seconds(10), 8);
  samples.Add(At(0), 3);
  EXPECT_EQ(samples.Quantile(0.01), 3);
  EXPECT_EQ(samples.Quantile(0.99), 3);
  EXPECT_EQ(samples.EffectiveCount(), 1);
}

TEST(RecentSamplesTest, QuantilesDoNotDescendAndStayWithinTheValues) {
  RecentSamples samples(absl::Seconds(10), 8);
  for (const double value : {5.0, 1.0, 4.0, 2.0, 3.0}) {
    samples.Add(At(value), value);
  }
  constexpr std::array<double, 5> kProbabilities = {0, 0.25, 0.5, 0.75, 1};
  double before = 1;
  for (const double quantile : samples.Quantiles(kProbabilities)) {
    EXPECT_GE(quantile, before);
    EXPECT_LE(quantile, 5);
    before = quantile;
  }
}

TEST(RecentSamplesTest, NewerValuesCountMore) {
  RecentSamples samples(absl::Hours(1), 2);
  for (int i = 0; i < 20; ++i) {
    samples.Add(At(i), 1);
  }
  for (int i = 20; i < 24; ++i) {
    samples.Add(At(i), 2);
  }
  EXPECT_EQ(samples.Quantile(0.5), 2);
}

TEST(RecentSamplesTest, AValueFadesWithTime) {
  RecentSamples samples(absl::Seconds(1), 1000);
  for (int i = 0; i < 20; ++i) {
    samples.Add(At(0), 1);
  }
  samples.Add(At(20), 2);
  EXPECT_GT(samples.Quantile(0.5), 1.99);
}

TEST(RecentSamplesTest, ItHoldsNoMoreThanSoMany) {
  RecentSamples samples(absl::Seconds(1), 8);
  for (int i = 0; i < 1000; ++i) {
    samples.Add(At(i), i);
  }
  EXPECT_EQ(samples.samples().size(), RecentSamples::kMost);
  samples.DropBefore(At(998));
  EXPECT_EQ(samples.samples().size(), 2u);
}

}  // namespace
}  // namespace tideline
