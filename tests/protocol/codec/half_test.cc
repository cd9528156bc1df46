#include "protocol/codec/half.h"

#include <bit>
#include <cmath>
#include <limits>

#include "gtest/gtest.h"

namespace tideline {
namespace {

constexpr float kInfinity = std::numeric_limits<float>::infinity();
constexpr float kNan = std::numeric_limits<float>::quiet_NaN();

uint16_t Half(float value) {
  uint16_t half = 0;
  ToHalf({&value, 1}, {&half, 1});
  return half;
}

float Float(uint16_t half) {
  float value = 0;
  FromHalf({&half, 1}, {&value, 1});
  return value;
}

// The value of a finite half by the definition of the format.
double Definition(uint16_t half) {
  const int exponent = (half >> 10) & 31;
  const int mantissa = half & 0x3FF;
  const double magnitude =
      exponent == 0 ? std::ldexp(mantissa, -24) : std::ldexp(1024 + mantissa, exponent - 25);
  return (half & 0x8000) != 0 ? -magnitude : magnitude;
}

TEST(HalfTest, EveryPatternComesBack) {
  for (uint32_t pattern = 0; pattern < 65536; ++pattern) {
    const uint16_t half = static_cast<uint16_t>(pattern);
    EXPECT_EQ(Half(Float(half)), half) << pattern;
  }
}

TEST(HalfTest, EveryFinitePatternHasTheValueOfTheFormat) {
  for (uint32_t pattern = 0; pattern < 65536; ++pattern) {
    if ((pattern & 0x7C00) != 0x7C00) {
      EXPECT_EQ(Float(static_cast<uint16_t>(pattern)), Definition(static_cast<uint16_t>(pattern)));
    }
  }
}

TEST(HalfTest, BetweenNeighboursTheNearestWinsAndTiesGoToEven) {
  for (uint16_t half = 0; half < 0x7BFF; ++half) {
    const float low = Float(half);
    const float high = Float(static_cast<uint16_t>(half + 1));
    const float middle = low + (high - low) / 2;  // exact: a half has 13 bits to spare
    const uint16_t even = static_cast<uint16_t>(half + (half & 1));
    ASSERT_EQ(Half(middle), even);
    ASSERT_EQ(Half(-middle), even | 0x8000);
    ASSERT_EQ(Half(std::nextafter(middle, 0.0f)), half);
    ASSERT_EQ(Half(std::nextafter(middle, kInfinity)), half + 1);
  }
}

TEST(HalfTest, FiniteValuesStayFinite) {
  for (const float value : {65504.0f, 65519.996f, 65520.0f, 1e6f, 3.4e38f}) {
    EXPECT_EQ(Half(value), 0x7BFF);
    EXPECT_EQ(Half(-value), 0xFBFF);
  }
}

TEST(HalfTest, InfinitiesAndNansStayWhatTheyAre) {
  EXPECT_EQ(Half(kInfinity), 0x7C00);
  EXPECT_EQ(Half(-kInfinity), 0xFC00);
  EXPECT_TRUE(std::isnan(Float(Half(kNan))));
  const float small_payload = std::bit_cast<float>(0x7F800001u);
  EXPECT_TRUE(std::isnan(Float(Half(small_payload))));
}

TEST(HalfTest, TheSmallestNumbersBecomeZeroWithTheirSign) {
  EXPECT_EQ(Half(1e-30f), 0);
  EXPECT_EQ(Half(-std::numeric_limits<float>::denorm_min()), 0x8000);
  EXPECT_EQ(Half(0x1p-25f), 0);  // a tie between 0 and the smallest half
  EXPECT_EQ(Half(0x1.000002p-25f), 1);
}

uint16_t Bfloat(float value) {
  uint16_t bfloat = 0;
  ToBfloat({&value, 1}, {&bfloat, 1});
  return bfloat;
}

float FloatOfBfloat(uint16_t bfloat) {
  float value = 0;
  FromBfloat({&bfloat, 1}, {&value, 1});
  return value;
}

TEST(BfloatTest, EveryPatternComesBackAndIsTheUpperHalfOfAFloat) {
  for (uint32_t pattern = 0; pattern < 65536; ++pattern) {
    const uint16_t bfloat = static_cast<uint16_t>(pattern);
    ASSERT_EQ(Bfloat(FloatOfBfloat(bfloat)), bfloat) << pattern;
    ASSERT_EQ(std::bit_cast<uint32_t>(FloatOfBfloat(bfloat)), pattern << 16);
  }
}

TEST(BfloatTest, BetweenNeighboursTheNearestWinsAndTiesGoToEven) {
  for (uint32_t pattern = 0; pattern < 0x7F7F; ++pattern) {
    const uint16_t bfloat = static_cast<uint16_t>(pattern);
    const float middle = std::bit_cast<float>((pattern << 16) + 0x8000);
    const uint16_t even = static_cast<uint16_t>(bfloat + (bfloat & 1));
    ASSERT_EQ(Bfloat(middle), even);
    ASSERT_EQ(Bfloat(-middle), even | 0x8000);
    ASSERT_EQ(Bfloat(std::nextafter(middle, 0.0f)), bfloat);
    ASSERT_EQ(Bfloat(std::nextafter(middle, kInfinity)), bfloat + 1);
  }
}

TEST(BfloatTest, WhatIsFiniteStaysFiniteAndTheRestStaysWhatItIs) {
  EXPECT_EQ(Bfloat(std::numeric_limits<float>::max()), 0x7F7F);
  EXPECT_EQ(Bfloat(-std::numeric_limits<float>::max()), 0xFF7F);
  EXPECT_EQ(Bfloat(kInfinity), 0x7F80);
  EXPECT_EQ(Bfloat(-kInfinity), 0xFF80);
  EXPECT_TRUE(std::isnan(FloatOfBfloat(Bfloat(kNan))));
  EXPECT_TRUE(std::isnan(FloatOfBfloat(Bfloat(std::bit_cast<float>(0x7F800001u)))));
}

}  // namespace
}  // namespace tideline
