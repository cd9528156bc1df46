#include "partitioner/calibrator/entropy.h"

#include <limits>
#include <vector>

#include <gtest/gtest.h>

namespace tideline {
namespace {

CodecSpec Spec(std::string_view text) { return *ParseCodecSpec(text); }

Tensor Row(const std::vector<float>& values) {
  return Tensor::View(DType::kFloat32, {1, static_cast<int64_t>(values.size())},
                      {static_cast<int64_t>(values.size()), 1}, values.data(), nullptr);
}

TEST(EntropyTest, SymbolsThatAreEquallyOftenTakeTheirBits) {
  const std::vector<float> values = {0, 1, 2, 3, 0, 1, 2, 3};
  EXPECT_DOUBLE_EQ(*EntropyBits(Row(values), Spec("int2"), nullptr), 16);
  EXPECT_DOUBLE_EQ(*EntropyBits(Row(values), Spec("q2"), nullptr), 8);
}

TEST(EntropyTest, OneSymbolTakesNothing) {
  const std::vector<float> zeros(5);
  EXPECT_EQ(*EntropyBits(Row(zeros), Spec("int8/dense"), nullptr), 0);
}

TEST(EntropyTest, CalibratedParametersDecideTheSymbols) {
  const std::vector<float> values = {0, 1, 2, 3, 0, 1, 2, 3};
  StoredParameters parameters;
  parameters.set.rounding.levels = 4;
  parameters.set.channels = {{.scale = 3, .zero_point = 0}};  // 0 and 1 become 0, 2 and 3 become 1
  EXPECT_DOUBLE_EQ(*EntropyBits(Row(values), Spec("int2"), &parameters), 8);
}

TEST(EntropyTest, WhatHasNoSymbolsHasNone) {
  const std::vector<float> values = {0, 1, 2, 3};
  EXPECT_EQ(*EntropyBits(Row(values), Spec("fp16"), nullptr), 0);
}

TEST(EntropyTest, NanIsRefused) {
  const std::vector<float> values = {0, std::numeric_limits<float>::quiet_NaN()};
  EXPECT_FALSE(EntropyBits(Row(values), Spec("int8"), nullptr).ok());
}

}  // namespace
}  // namespace tideline
