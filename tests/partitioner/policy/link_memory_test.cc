#include "partitioner/policy/link_memory.h"

#include <string>

#include <gtest/gtest.h>

namespace tideline {
namespace {

absl::StatusCode CodeOf(const std::string& text) {
  return ParseLinkMemory(text, "link.json").status().code();
}

std::string WithUp(const std::string& up) {
  return R"({"version":1,"down":[],"round_trip":[],"up":)" + up + "}";
}

TEST(LinkMemoryTest, WhatIsWrittenIsReadBack) {
  const LinkMemory state{{{60, 5.85e6}, {0.5, 1.1e6}}, {}, {{0, 5e7}}};
  const absl::StatusOr<LinkMemory> read = ParseLinkMemory(FormatLinkMemory(state), "link.json");
  ASSERT_TRUE(read.ok()) << read.status();
  EXPECT_EQ(*read, state);
}

TEST(LinkMemoryTest, UnknownKeysAreIgnored) {
  EXPECT_TRUE(
      ParseLinkMemory(R"({"version":1,"up":[],"down":[],"round_trip":[],"later":{"a":[1]}})", "f")
          .ok());
}

TEST(LinkMemoryTest, WhatIsNoSuchJsonIsDataLoss) {
  EXPECT_EQ(CodeOf(""), absl::StatusCode::kDataLoss);
  EXPECT_EQ(CodeOf("[1]"), absl::StatusCode::kDataLoss);
  EXPECT_EQ(CodeOf("{\"version\":1"), absl::StatusCode::kDataLoss);
  EXPECT_EQ(CodeOf(WithUp(std::string(1000, '[') + std::string(1000, ']'))),
            absl::StatusCode::kDataLoss);
}

TEST(LinkMemoryTest, AnotherVersionIsUnimplemented) {
  EXPECT_EQ(CodeOf(R"({"version":2})"), absl::StatusCode::kUnimplemented);
  EXPECT_EQ(CodeOf(R"({"version":"1"})"), absl::StatusCode::kUnimplemented);
  EXPECT_EQ(CodeOf("{}"), absl::StatusCode::kUnimplemented);
}

TEST(LinkMemoryTest, FiguresThatCannotBeAreRefused) {
  for (const char* up :
       {"1", "[1]", "[[1]]", "[[1,2,3]]", "[[-1,5]]", "[[1,0]]", "[[1,-5]]", "[[1,1e300]]",
        "[[1e300,1]]", "[[1,\"5\"]]", "[[1,null]]", "[[1,5],[2,5]]"}) {
    EXPECT_EQ(CodeOf(WithUp(up)), absl::StatusCode::kInvalidArgument) << up;
  }
  EXPECT_EQ(CodeOf(R"({"version":1,"up":[],"down":[]})"), absl::StatusCode::kInvalidArgument);
}

TEST(LinkMemoryTest, TooMuchIsRefusedBeforeItIsRead) {
  EXPECT_EQ(CodeOf(std::string(kMaxLinkMemoryBytes + 1, ' ')),
            absl::StatusCode::kResourceExhausted);
  std::string many = "[[9,1]";
  for (int i = 0; i < 64; ++i) {
    many += ",[9,1]";
  }
  EXPECT_EQ(CodeOf(WithUp(many + "]")), absl::StatusCode::kInvalidArgument);
}

TEST(LinkMemoryTest, ErrorsNameTheFileAndThePlace) {
  const std::string text(ParseLinkMemory(WithUp("[[1,0]]"), "link.json").status().message());
  EXPECT_EQ(text.rfind("link.json: up: ", 0), 0u) << text;
}

}  // namespace
}  // namespace tideline
