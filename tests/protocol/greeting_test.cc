#include "protocol/greeting.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace tideline::wire {
namespace {

using testing::HasSubstr;

TEST(Agree, TakesTheHighestCommonVersion) {
  EXPECT_EQ(*Agree({1, 5}, {2, 3}, "protocol"), 3);
  EXPECT_EQ(*Agree({2, 2}, {1, 2}, "protocol"), 2);
}

TEST(Agree, WithoutOverlapNamesBothRanges) {
  const auto agreed = Agree({1, 2}, {3, 4}, "codec");
  EXPECT_EQ(agreed.status().code(), absl::StatusCode::kFailedPrecondition);
  EXPECT_THAT(std::string(agreed.status().message()), HasSubstr("codec version"));
  EXPECT_THAT(std::string(agreed.status().message()), HasSubstr("1 to 2"));
  EXPECT_THAT(std::string(agreed.status().message()), HasSubstr("3 to 4"));
}

TEST(BeginWelcome, HasTheSessionAndTheVersionsAgreedOn) {
  const Hello hello{.session = 7, .protocol = {1, 2}, .codec = {1, 2}, .frontier_rule = {1, 9}};
  const auto welcome = BeginWelcome(hello, {1, 4});
  ASSERT_TRUE(welcome.ok()) << welcome.status();
  EXPECT_EQ(welcome->session, 7);
  EXPECT_EQ(welcome->protocol, 2);
  EXPECT_EQ(welcome->codec, 2);
  EXPECT_EQ(welcome->frontier_rule, 4);
}

TEST(BeginWelcome, NamesWhatHasNoCommonVersion) {
  Hello hello{.session = 7, .frontier_rule = {1, 1}};
  hello.codec = {90, 91};
  EXPECT_THAT(std::string(BeginWelcome(hello, {1, 1}).status().message()), HasSubstr("codec"));
  hello.codec = kCodecVersions;
  EXPECT_THAT(std::string(BeginWelcome(hello, {2, 2}).status().message()),
              HasSubstr("frontier rule"));
}

}  // namespace
}  // namespace tideline::wire
