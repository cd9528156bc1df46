#include "common/web/target.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace tideline {
namespace {

using ::testing::ElementsAre;
using ::testing::HasSubstr;

std::string ErrorOf(std::string_view target) {
  return std::string(ParseTarget(target).status().message());
}

TEST(Target, HasSegmentsAndQuery) {
  const auto target = ParseTarget("/v2/models/mobile%20net/infer?a=b%20c&d");
  ASSERT_TRUE(target.ok());
  EXPECT_THAT(target->segments, ElementsAre("v2", "models", "mobile net", "infer"));
  EXPECT_EQ(target->path, "/v2/models/mobile%20net/infer");
  EXPECT_EQ(target->query, "a=b%20c&d");
}

TEST(Target, RootIsOneEmptySegmentAndASlashAtTheEndCounts) {
  EXPECT_THAT(ParseTarget("/")->segments, ElementsAre(""));
  EXPECT_THAT(ParseTarget("/v2")->segments, ElementsAre("v2"));
  EXPECT_THAT(ParseTarget("/v2/")->segments, ElementsAre("v2", ""));
  EXPECT_THAT(ParseTarget("//v2")->segments, ElementsAre("", "v2"));
}

TEST(Target, WholeAddressHasItsHost) {
  const auto target = ParseTarget("http://example.org:80/v2?x");
  ASSERT_TRUE(target.ok());
  EXPECT_EQ(target->authority, "example.org:80");
  EXPECT_EQ(target->path, "/v2");
  EXPECT_EQ(ParseTarget("http://example.org")->path, "/");
  EXPECT_FALSE(ParseTarget("http://user@example.org/").ok());
  EXPECT_FALSE(ParseTarget("http:///v2").ok());
}

TEST(Target, TricksAreRefused) {
  for (const std::string_view target :
       {"/../etc/passwd", "/v2/../..", "/./v2", "/%2e%2e/x", "/%2E./x", "/a/%2e"}) {
    EXPECT_THAT(ErrorOf(target), HasSubstr("'..'")) << target;
  }
  for (const std::string_view target : {"/a%2fb", "/a%00", "/a%0d%0aX:y", "/a%7f"}) {
    EXPECT_THAT(ErrorOf(target), HasSubstr("encoded")) << target;
  }
  for (const std::string_view target : {"/a\\b", "/a%5cb"}) {
    EXPECT_THAT(ErrorOf(target), HasSubstr("backslash")) << target;
  }
  for (const std::string_view target : {"/%", "/%4", "/%zz", "/%4g", "/a%"}) {
    EXPECT_THAT(ErrorOf(target), HasSubstr("hexadecimal")) << target;
  }
  for (const std::string_view target :
       {"", "*", "v2", "https://a/b", "ftp://x", "/a b", "/a\x01"}) {
    EXPECT_FALSE(ParseTarget(target).ok()) << target;
  }
}

TEST(Target, ManySegmentsAreRefused) {
  std::string target;
  for (size_t i = 0; i < kMaxTargetSegments; ++i) {
    target += "/a";
  }
  EXPECT_TRUE(ParseTarget(target).ok());
  EXPECT_THAT(ErrorOf(target + "/a"), HasSubstr("segments"));
}

}  // namespace
}  // namespace tideline
