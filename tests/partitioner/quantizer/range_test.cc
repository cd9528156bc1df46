#include "partitioner/quantizer/range.h"

#include <algorithm>
#include <cmath>
#include <random>
#include <vector>

#include <gtest/gtest.h>

namespace tideline {
namespace {

std::vector<float> Uniform(float low, float high, int count) {
  std::mt19937 random(7);
  std::uniform_real_distribution<float> distribution(low, high);
  std::vector<float> elements(static_cast<size_t>(count));
  for (float& each : elements) {
    each = distribution(random);
  }
  return elements;
}

ActivationRange RangeOf(const std::vector<float>& elements) {
  Histogram histogram;
  histogram.Add(elements);
  return SearchActivationRange(histogram);
}

double Lowest(const ActivationRange& range) { return -range.zero_point * range.scale; }
double Highest(const ActivationRange& range) { return (255 - range.zero_point) * range.scale; }

TEST(RangeTest, UniformValuesAreNotClipped) {
  const ActivationRange range = RangeOf(Uniform(0, 6, 100'000));
  EXPECT_EQ(range.zero_point, 0);
  EXPECT_NEAR(Highest(range), 6, 0.01);
}

TEST(RangeTest, ZeroIsACodeOfASkewedRange) {
  const ActivationRange range = RangeOf(Uniform(-1, 3, 100'000));
  EXPECT_NEAR(Lowest(range), -1, 0.02);
  EXPECT_NEAR(Highest(range), 3, 0.02);
  EXPECT_NEAR(range.zero_point, 64, 1);
}

TEST(RangeTest, ValuesBelowZeroAloneEndAtZero) {
  const ActivationRange range = RangeOf(Uniform(-5, -1, 10'000));
  EXPECT_EQ(range.zero_point, 255);
  EXPECT_NEAR(Lowest(range), -5, 0.02);
}

TEST(RangeTest, AFewOutliersAreClipped) {
  std::vector<float> elements = Uniform(-1, 1, 1'000'000);
  elements.push_back(4);
  const ActivationRange range = RangeOf(elements);
  EXPECT_LT(Highest(range), 2);
  EXPECT_NEAR(Lowest(range), -1, 0.02);
}

TEST(RangeTest, ManyOutliersAreKept) {
  std::vector<float> elements = Uniform(-1, 1, 100'000);
  elements.insert(elements.end(), 5000, 4.0F);
  EXPECT_NEAR(Highest(RangeOf(elements)), 4, 0.05);
}

TEST(RangeTest, NothingButZerosHasSomeRange) {
  const ActivationRange range = RangeOf({0, 0, 0});
  EXPECT_GT(range.scale, 0);
  EXPECT_EQ(range.zero_point, 0);
}

TEST(RangeTest, AWeightScaleReachesTheLargestOfUniformWeights) {
  EXPECT_NEAR(SearchWeightScale(Uniform(-0.5F, 0.5F, 10'000)) * kLargestWeightCode, 0.5, 0.02);
}

double SquaredError(const std::vector<float>& weights, float scale) {
  double sum = 0;
  for (const float weight : weights) {
    const double error =
        weight - scale * std::clamp<double>(std::nearbyint(weight / scale), -kLargestWeightCode,
                                            kLargestWeightCode);
    sum += error * error;
  }
  return sum;
}

TEST(RangeTest, AWeightScaleIsBetterThanTheLargestWhereOneWeightStandsOut) {
  std::vector<float> weights = Uniform(-0.5F, 0.5F, 100'000);
  weights.push_back(0.9F);
  const float scale = SearchWeightScale(weights);
  EXPECT_LT(SquaredError(weights, scale), 0.75 * SquaredError(weights, 0.9F / kLargestWeightCode));
}

TEST(RangeTest, ZeroWeightsHaveAScale) {
  EXPECT_EQ(SearchWeightScale(std::vector<float>(9, 0)), 1);
  EXPECT_EQ(SearchWeightScale(std::vector<float>(9, 1e-44F)), 1);
}

}  // namespace
}  // namespace tideline
