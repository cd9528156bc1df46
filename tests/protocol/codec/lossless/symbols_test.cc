#include "protocol/codec/lossless/symbols.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace tideline {
namespace {

using ::testing::HasSubstr;

TEST(SymbolFormat, ShapesOfAllRanksAreMapped) {
  const auto map = [](Shape shape) {
    const auto format = MakeSymbolFormat(shape, 16, {0});
    return format.ok() ? std::vector<uint64_t>{format->images, format->channels, format->rows,
                                               format->columns}
                       : std::vector<uint64_t>();
  };
  EXPECT_EQ(map({}), (std::vector<uint64_t>{1, 1, 1, 1}));
  EXPECT_EQ(map({5}), (std::vector<uint64_t>{1, 5, 1, 1}));
  EXPECT_EQ(map({2, 5}), (std::vector<uint64_t>{2, 5, 1, 1}));
  EXPECT_EQ(map({2, 5, 7}), (std::vector<uint64_t>{2, 5, 1, 7}));
  EXPECT_EQ(map({2, 5, 7, 3}), (std::vector<uint64_t>{2, 5, 7, 3}));
  EXPECT_EQ(map({2, 5, 7, 3, 4}), (std::vector<uint64_t>{2, 5, 7, 12}));
}

TEST(SymbolFormat, WhatCannotBeCodedIsRefused) {
  EXPECT_THAT(MakeSymbolFormat({4}, 1, {0}).status().ToString(), HasSubstr("1 levels"));
  EXPECT_THAT(MakeSymbolFormat({4}, 257, {0}).status().ToString(), HasSubstr("257 levels"));
  EXPECT_THAT(MakeSymbolFormat({1, 4}, 4, {4}).status().ToString(), HasSubstr("not below the 4"));
  EXPECT_THAT(MakeSymbolFormat({1, 4}, 4, {0, 0}).status().ToString(),
              HasSubstr("2 zero symbols for 4 channels"));
  EXPECT_THAT(MakeSymbolFormat({1 << 20, 1 << 20}, 4, {0}).status().ToString(),
              HasSubstr("at most"));
  EXPECT_FALSE(MakeSymbolFormat({-1, 4}, 4, {0}).ok());
}

TEST(SymbolFormat, SymbolsMustBeOfIt) {
  const SymbolFormat format = *MakeSymbolFormat({1, 4}, 4, {0});
  EXPECT_TRUE(CheckSymbols(std::vector<uint8_t>{0, 1, 2, 3}, format).ok());
  EXPECT_THAT(CheckSymbols(std::vector<uint8_t>{0, 1, 2, 4}, format).ToString(),
              HasSubstr("symbol 4 in a tensor of 4 levels"));
  EXPECT_THAT(CheckSymbols(std::vector<uint8_t>{0, 1}, format).ToString(),
              HasSubstr("2 symbols for a tensor of 4"));
}

}  // namespace
}  // namespace tideline
