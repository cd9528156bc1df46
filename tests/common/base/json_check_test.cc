#include "common/base/json_check.h"

#include <string>

#include <gtest/gtest.h>

namespace tideline {
namespace {

constexpr JsonLimits kLimits{.bytes = 100, .values = 5, .depth = 3};

std::string ErrorOf(const std::string& text) {
  return std::string(CheckJson(text, kLimits).message());
}

TEST(JsonCheckTest, WhatIsWithinTheLimitsPasses) {
  for (const char* text : {"1", "{}", R"({"a": [1, 2]})", "[[[1]]]", R"(["a", null, true, 1e3])"}) {
    EXPECT_EQ(ErrorOf(text), "") << text;
  }
}

TEST(JsonCheckTest, EachLimitIsNamed) {
  EXPECT_EQ(ErrorOf("[1, 2, 3, 4, 5]"), "more than 5 values");
  EXPECT_EQ(ErrorOf("[[[[]]]]"), "nested deeper than 3");
  EXPECT_EQ(ErrorOf('"' + std::string(99, 'a') + '"'), "101 bytes, at most 100 are read");
  EXPECT_EQ(CheckJson("[[[[]]]]", kLimits).code(), absl::StatusCode::kResourceExhausted);
}

TEST(JsonCheckTest, WhatIsNotJsonNamesItsPlace) {
  EXPECT_EQ(ErrorOf("[1, }"), "not JSON at byte 5");
  for (const char* text : {"", "{", "[1,]", "nul", "1 2", "{1: 2}", "\"\xff\""}) {
    EXPECT_EQ(CheckJson(text, kLimits).code(), absl::StatusCode::kDataLoss) << text;
  }
}

TEST(JsonCheckTest, SiblingsAreNotDepth) { EXPECT_EQ(ErrorOf("[[], [], [], []]"), ""); }

}  // namespace
}  // namespace tideline
