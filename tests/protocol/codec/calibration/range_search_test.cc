#include "protocol/codec/calibration/range_search.h"

#include <cmath>
#include <limits>
#include <random>

#include "gtest/gtest.h"

namespace tideline {
namespace {

// Rectified Laplacians, as after a convolution and ReLU: long tails. Channel c is larger by 4^c.
Tensor Sample(unsigned seed, const Shape& shape = {2, 3, 40, 40}, bool rectified = true) {
  Tensor tensor = Tensor::Allocate(DType::kFloat32, shape).value();
  std::mt19937 random(seed);
  std::exponential_distribution<float> magnitude(1);
  float* values = reinterpret_cast<float*>(tensor.mutable_data());
  const int64_t plane = tensor.numel() / (shape[0] * shape[1]);
  for (int64_t i = 0; i < tensor.numel(); ++i) {
    const float sign = random() % 2 == 0 ? 1.0f : (rectified ? 0.0f : -1.0f);
    values[i] = sign * magnitude(random) * std::ldexp(1.0f, 2 * static_cast<int>(i / plane % 3));
  }
  return tensor;
}

std::vector<Tensor> Samples(bool rectified = true) {
  return {Sample(1, {2, 3, 40, 40}, rectified), Sample(2, {2, 3, 40, 40}, rectified)};
}

FoundRange Find(const RangeSearch& search, bool rectified = true) {
  return FindRange(Samples(rectified), search).value();
}

// Mean squared error as a share of the mean square, element by element.
double MeasuredError(const FoundRange& found, bool rectified) {
  double error = 0;
  double squares = 0;
  for (const Tensor& sample : Samples(rectified)) {
    const int64_t plane = 40 * 40;
    for (int64_t i = 0; i < sample.numel(); ++i) {
      const float value = sample.as<float>()[i];
      const Affine affine =
          found.channels[found.channels.size() == 1 ? 0 : static_cast<size_t>(i / plane % 3)];
      uint8_t symbol = 0;
      EXPECT_TRUE(Quantize({&value, 1}, affine, found.rounding, {&symbol, 1}));
      float back = 0;
      Dequantize({&symbol, 1}, affine, {&back, 1});
      error += (value - back) * (value - back);
      squares += value * value;
    }
  }
  return error / squares;
}

TEST(RangeSearchTest, TheWholeRangeCoversEveryElement) {
  const FoundRange found = Find({.levels = 7, .method = RangeMethod::kWhole});
  float largest = 0;
  for (const Tensor& sample : Samples()) {
    largest = std::max(largest,
                       *std::max_element(sample.as<float>(), sample.as<float>() + sample.numel()));
  }
  EXPECT_EQ(found.channels, std::vector<Affine>{CoverRange(0, largest, 7)});
}

TEST(RangeSearchTest, ThePercentileLeavesOutWhatLiesBeyondIt) {
  const FoundRange found =
      Find({.levels = 16, .method = RangeMethod::kPercentile, .percentile = 0.9});
  const float clip = found.channels[0].scale * 15;
  int64_t clipped = 0;
  int64_t elements = 0;
  for (const Tensor& sample : Samples()) {
    clipped += std::count_if(sample.as<float>(), sample.as<float>() + sample.numel(),
                             [&](float value) { return value > clip; });
    elements += sample.numel();
  }
  EXPECT_NEAR(static_cast<double>(clipped) / static_cast<double>(elements), 0.05, 0.005);
}

TEST(RangeSearchTest, TheStatedErrorIsThatOfTheQuantizer) {
  for (const bool rectified : {true, false}) {
    for (const bool per_channel : {true, false}) {
      const FoundRange found = Find({.levels = 9, .per_channel = per_channel}, rectified);
      EXPECT_NEAR(found.error, MeasuredError(found, rectified), 0.01 * found.error);
    }
  }
}

TEST(RangeSearchTest, TheLeastErrorIsLessThanThatOfOtherRanges) {
  for (const int levels : {2, 4, 16}) {
    const double least = Find({.levels = levels}, /*rectified=*/false).error;
    const RangeSearch whole{.levels = levels, .method = RangeMethod::kWhole};
    EXPECT_LT(least, 0.9 * Find(whole, /*rectified=*/false).error);
    for (const double percentile : {0.9, 0.99, 0.999}) {
      EXPECT_LE(least, 1.01 * Find({.levels = levels,
                                    .method = RangeMethod::kPercentile,
                                    .percentile = percentile},
                                   /*rectified=*/false)
                                  .error);
    }
  }
}

TEST(RangeSearchTest, ChannelsOfDifferentSizesGainFromTheirOwnRanges) {
  const FoundRange one = Find({.levels = 8});
  const FoundRange each = Find({.levels = 8, .per_channel = true});
  ASSERT_EQ(each.channels.size(), 3u);
  EXPECT_LT(each.error, one.error);
  EXPECT_GT(each.channels[1].scale, 2 * each.channels[0].scale);
  EXPECT_GT(each.channels[2].scale, 2 * each.channels[1].scale);
}

TEST(RangeSearchTest, TheHigherThePriceTheFewerTheBits) {
  double bits = 8;
  double error = 0;
  for (const double price : {0.0001, 0.001, 0.01, 0.1}) {
    const FoundRange found =
        Find({.levels = 256, .method = RangeMethod::kEntropy, .bit_price = price});
    EXPECT_LT(found.bits, bits);
    EXPECT_GT(found.error, error);
    bits = found.bits;
    error = found.error;
  }
  EXPECT_LT(bits, 1);
}

TEST(RangeSearchTest, AtItsPriceNoOtherRangeCostsLess) {
  for (const bool rectified : {true, false}) {
    for (const double price : {0.001, 0.01, 0.1}) {
      const auto cost = [&](RangeMethod method) {
        const FoundRange found =
            Find({.levels = 16, .method = method, .bit_price = price}, rectified);
        return found.error + price * found.bits;
      };
      const double least = cost(RangeMethod::kEntropy);
      EXPECT_LE(least, cost(RangeMethod::kWhole));
      EXPECT_LE(least, cost(RangeMethod::kPercentile));
      EXPECT_LE(least, cost(RangeMethod::kSquaredError));
    }
  }
}

TEST(RangeSearchTest, ZerosHaveARange) {
  Tensor zeros = Tensor::Allocate(DType::kFloat32, {1, 2, 3}).value();
  std::fill_n(reinterpret_cast<float*>(zeros.mutable_data()), 6, 0.0f);
  for (const RangeMethod method : {RangeMethod::kWhole, RangeMethod::kPercentile,
                                   RangeMethod::kSquaredError, RangeMethod::kEntropy}) {
    const FoundRange found =
        FindRange({{zeros}}, {.levels = 4, .per_channel = true, .method = method}).value();
    EXPECT_EQ(found.error, 0);
    EXPECT_EQ(found.bits, 0);
    EXPECT_TRUE(IsSane(found.channels[1], 4));
  }
}

TEST(RangeSearchTest, RefusesWhatHasNoRange) {
  EXPECT_FALSE(FindRange({}, {}).ok());
  EXPECT_FALSE(FindRange({{Tensor::Allocate(DType::kUInt8, {4}).value()}}, {}).ok());
  EXPECT_FALSE(FindRange({{Sample(1), Sample(1, {1, 2, 4, 4})}}, {}).ok());
  EXPECT_FALSE(FindRange(Samples(), {.levels = 1}).ok());
  EXPECT_FALSE(FindRange(Samples(), {.percentile = 0}).ok());
  for (const float bad :
       {std::numeric_limits<float>::quiet_NaN(), std::numeric_limits<float>::infinity()}) {
    Tensor tensor = Sample(1);
    reinterpret_cast<float*>(tensor.mutable_data())[7] = bad;
    EXPECT_FALSE(FindRange({{tensor}}, {}).ok());
  }
}

}  // namespace
}  // namespace tideline
