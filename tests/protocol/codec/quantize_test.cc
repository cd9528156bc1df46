#include "protocol/codec/quantize.h"

#include <algorithm>
#include <array>
#include <cmath>
#include <functional>
#include <limits>
#include <numeric>
#include <random>
#include <vector>

#include "gtest/gtest.h"

#include "hwy/targets.h"

namespace tideline {
namespace {

constexpr float kInfinity = std::numeric_limits<float>::infinity();
constexpr float kNan = std::numeric_limits<float>::quiet_NaN();

std::vector<float> RoundTrip(const std::vector<float>& values, Affine& affine, int levels = 256) {
  affine = FitAffine(values, levels).value();
  std::vector<uint8_t> symbols(values.size());
  EXPECT_TRUE(Quantize(values, affine, {.levels = levels}, symbols));
  std::vector<float> back(values.size());
  Dequantize(symbols, affine, back);
  return back;
}

TEST(AffineTest, TheErrorIsAtMostHalfAStep) {
  std::mt19937 random(7);
  for (const auto& [low, high] : {std::pair{-1.0f, 1.0f},
                                  {0.0f, 6.0f},
                                  {-3.0f, 0.5f},
                                  {2.0f, 3.0f},
                                  {-9e-20f, 4e-20f},
                                  {-8e37f, 8e37f}}) {
    std::uniform_real_distribution<float> distribution(low, high);
    std::vector<float> values = {low, high};
    for (int i = 0; i < 10'000; ++i) {
      values.push_back(distribution(random));
    }
    for (const int levels : {2, 3, 5, 16, 255, 256}) {
      Affine affine;
      const std::vector<float> back = RoundTrip(values, affine, levels);
      for (size_t i = 0; i < values.size(); ++i) {
        const double error = std::abs(static_cast<double>(values[i]) - back[i]);
        ASSERT_LE(error, affine.scale * 0.5001)
            << values[i] << " in " << low << ".." << high << ", " << levels << " levels";
      }
    }
  }
}

TEST(AffineTest, ZeroIsExact) {
  for (const auto& values : {std::vector<float>{0, 6}, {-0.37f, 0, 1.91f}, {-5, 0}, {3, 0, 4}}) {
    for (int levels = 2; levels <= 256; ++levels) {
      Affine affine;
      const std::vector<float> back = RoundTrip(values, affine, levels);
      for (size_t i = 0; i < values.size(); ++i) {
        if (values[i] == 0) {
          EXPECT_EQ(back[i], 0);
        }
      }
    }
  }
}

TEST(AffineTest, ConstantAndTinyTensorsHaveAScale) {
  for (const auto& values : {std::vector<float>{0, 0}, {-0.0f}, {1e-45f, -1e-45f}, {}}) {
    Affine affine;
    RoundTrip(values, affine);
    EXPECT_GT(affine.scale, 0);
  }
}

TEST(AffineTest, TheLevelsOfAKnownTensor) {
  const std::vector<float> values = {-1, -0.5f, 0, 0.25f, 1, 1.55f};
  const Affine affine = FitAffine(values, 256).value();
  EXPECT_EQ(affine.scale, 0.01f);
  EXPECT_EQ(affine.zero_point, 100);
  std::array<uint8_t, 6> levels;
  EXPECT_TRUE(Quantize(values, affine, {}, levels));
  EXPECT_EQ(levels, (std::array<uint8_t, 6>{0, 50, 100, 125, 200, 255}));
}

TEST(AffineTest, RefusesWhatHasNoScale) {
  for (const float bad : {kNan, -kNan, kInfinity, -kInfinity}) {
    EXPECT_EQ(FitAffine(std::vector<float>{1, bad, 2}, 256).status().code(),
              absl::StatusCode::kInvalidArgument);
  }
  EXPECT_FALSE(FitAffine(std::vector<float>{3e38f}, 256).ok());
  EXPECT_FALSE(FitAffine(std::vector<float>{-3e38f, 3e38f}, 256).ok());
}

std::vector<uint8_t> Symbols(const std::vector<float>& values, Affine affine, Rounding rounding) {
  std::vector<uint8_t> symbols(values.size());
  EXPECT_TRUE(Quantize(values, affine, rounding, symbols));
  return symbols;
}

TEST(QuantizeTest, WhatIsBeyondTheRangeIsClipped) {
  EXPECT_EQ(Symbols({-3e38f, -2.6f, -1, 0, 1, 1.6f, 3e38f}, {1, 2}, {.levels = 4}),
            (std::vector<uint8_t>{0, 0, 1, 2, 3, 3, 3}));
}

TEST(QuantizeTest, TheDeadZoneMovesEveryValueTowardsZero) {
  // Positions -2.6, -0.8, -0.7, 0.7, 0.8, 1.7, 1.8 less 0.25 each.
  EXPECT_EQ(Symbols({-1.3f, -0.4f, -0.35f, 0.35f, 0.4f, 0.85f, 0.9f}, {0.5f, 3},
                    {.levels = 8, .dead_zone = 0.25f}),
            (std::vector<uint8_t>{1, 2, 3, 3, 4, 4, 5}));
}

TEST(QuantizeTest, WithADeadZoneTheErrorIsAtMostThatMuchMore) {
  std::mt19937 random(9);
  std::uniform_real_distribution<float> distribution(-2, 1);
  for (const float dead_zone : {0.0f, 0.1f, 0.3f, 0.499f}) {
    const Affine affine = CoverRange(-2, 1, 12);
    for (int i = 0; i < 10'000; ++i) {
      const float value = distribution(random);
      const uint8_t symbol = Symbols({value}, affine, {.levels = 12, .dead_zone = dead_zone})[0];
      float back = 0;
      Dequantize({&symbol, 1}, affine, {&back, 1});
      ASSERT_LE(std::abs(value - back), affine.scale * (0.5001f + dead_zone)) << value;
    }
  }
}

TEST(QuantizeTest, NanAndInfinityAreNoticedWhereverTheyStand) {
  for (const float bad : {kNan, -kNan, kInfinity, -kInfinity}) {
    for (size_t i = 0; i < 40; ++i) {
      std::vector<float> values(40, 1.0f);
      values[i] = bad;
      std::vector<uint8_t> symbols(values.size());
      EXPECT_FALSE(Quantize(values, {}, {}, symbols));
      EXPECT_FALSE(FitAffine(values, 256).ok());
    }
  }
}

// Everything from subnormal to huge, and ties between two symbols.
std::vector<float> Awkward(size_t size, float scale, std::mt19937& random) {
  std::vector<float> values(size);
  for (float& value : values) {
    const float sign = random() % 2 == 0 ? 1.0f : -1.0f;
    if (random() % 3 == 0) {
      value = sign * scale * (static_cast<float>(random() % 300) + 0.5f);
    } else {
      value = sign * std::ldexp(1.0f + static_cast<float>(random() % 8388608) / 8388608,
                                static_cast<int>(random() % 250) - 149);
    }
  }
  return values;
}

// The definition, one operation after the other.
uint8_t Definition(float value, Affine affine, Rounding rounding) {
  volatile float position = value / affine.scale;
  const float shrink = std::min(std::max(float{position}, -rounding.dead_zone), rounding.dead_zone);
  position = position - shrink;
  position = position + static_cast<float>(affine.zero_point);
  const float clamped = std::min(std::max(float{position}, 0.0f), rounding.levels - 1.0f);
  return static_cast<uint8_t>(std::nearbyint(clamped));
}

// Runs on every instruction set that this machine has.
class EveryTargetTest : public testing::Test {
 protected:
  // 0 means the best one.
  static void Choose(int64_t target) {
    hwy::SetSupportedTargetsForTest(target);
    hwy::GetChosenTarget().Update(hwy::SupportedTargets());
  }
  static void ForEachTarget(const std::function<void()>& check) {
    for (const int64_t target : hwy::SupportedAndGeneratedTargets()) {
      SCOPED_TRACE(hwy::TargetName(target));
      Choose(target);
      check();
    }
    Choose(0);
  }
};

TEST_F(EveryTargetTest, QuantizesBitForBitAsDefined) {
  ForEachTarget([] {
    std::mt19937 random(21);
    for (size_t size = 0; size < 70; ++size) {
      for (const float scale : {1.0f, 0.3f, 1e-20f, 1e20f}) {
        const Rounding rounding{.levels = 2 + static_cast<int>(random() % 255),
                                .dead_zone = static_cast<float>(random() % 50) / 100};
        const Affine affine{scale, static_cast<int32_t>(random()) & 1};
        const std::vector<float> values = Awkward(size, scale, random);
        const std::vector<uint8_t> symbols = Symbols(values, affine, rounding);
        for (size_t i = 0; i < size; ++i) {
          ASSERT_EQ(symbols[i], Definition(values[i], affine, rounding)) << values[i];
        }
      }
    }
  });
}

TEST_F(EveryTargetTest, DequantizesBitForBitAsDefined) {
  std::vector<uint8_t> symbols(300);
  std::iota(symbols.begin(), symbols.end(), uint8_t{0});
  ForEachTarget([&] {
    for (const Affine affine : {Affine{0.1f, 0}, {1e-30f, 255}, {3.7e17f, 99}}) {
      std::vector<float> values(symbols.size());
      Dequantize(symbols, affine, values);
      for (size_t i = 0; i < symbols.size(); ++i) {
        ASSERT_EQ(values[i], static_cast<float>(symbols[i] - affine.zero_point) * affine.scale);
      }
    }
  });
}

TEST_F(EveryTargetTest, FindsTheRangeOfAnyLength) {
  ForEachTarget([] {
    std::mt19937 random(22);
    for (size_t size = 1; size < 70; ++size) {
      const std::vector<float> values = Awkward(size, 1.0f, random);
      const double low = std::min(0.0f, *std::ranges::min_element(values));
      const double high = std::max(0.0f, *std::ranges::max_element(values));
      EXPECT_EQ(FitAffine(values, 16).value(), CoverRange(low, high, 16));
    }
  });
}

}  // namespace
}  // namespace tideline
