#include "common/config/url.h"

#include <array>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace tideline {
namespace {

using ::testing::HasSubstr;

constexpr std::array<UrlScheme, 2> kSchemes = {{{"http", 80}, {"https", 443}}};

TEST(UrlTest, HasItsSchemesPortWhereNoneIsWritten) {
  const auto url = ParseUrl("https://hooks.example", kSchemes);
  ASSERT_TRUE(url.ok()) << url.status();
  EXPECT_EQ(url->scheme, "https");
  EXPECT_EQ(url->host, "hooks.example");
  EXPECT_EQ(url->port, 443);
  EXPECT_EQ(url->target, "");
}

TEST(UrlTest, HasPortAndTarget) {
  const auto url = ParseUrl("http://10.0.0.2:8080/a/b?c=d:e", kSchemes);
  ASSERT_TRUE(url.ok()) << url.status();
  EXPECT_EQ(url->host, "10.0.0.2");
  EXPECT_EQ(url->port, 8080);
  EXPECT_EQ(url->target, "/a/b?c=d:e");
}

TEST(UrlTest, Ipv6StandsInBrackets) {
  const auto url = ParseUrl("http://[::1]:99/x", kSchemes);
  ASSERT_TRUE(url.ok()) << url.status();
  EXPECT_EQ(url->host, "::1");
  EXPECT_EQ(url->port, 99);
  EXPECT_EQ(ParseUrl("http://[::1]", kSchemes)->port, 80);
}

TEST(UrlTest, WhatIsNoneSaysWhatIs) {
  for (const std::string text :
       {"", "hooks.example", "ftp://a", "http://", "http://:80", "http://a:", "http://a:0",
        "http://a:65536", "http://user:secret@a", "http://a b/", "http://[::1", "http://[::1]x:1",
        "http://a\n/"}) {
    const auto url = ParseUrl(text, kSchemes);
    EXPECT_THAT(std::string(url.status().message()), HasSubstr("write for example http://"))
        << text;
  }
}

}  // namespace
}  // namespace tideline
