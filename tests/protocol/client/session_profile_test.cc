#include <optional>
#include <utility>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "tests/protocol/client/session_fixture.h"

namespace tideline {
namespace {

using testing::HasSubstr;

TEST_F(SessionTest, AProfileIsAskedForBesideRequests) {
  Connect();
  cloud_->profile = Pattern(100'000, 1);
  std::optional<absl::StatusOr<Reply>> profile;
  session_->AskProfile(0, absl::InfiniteDuration(),
                       [&](absl::StatusOr<Reply> reply) { profile = std::move(reply); });
  EXPECT_FALSE(profile.has_value());
  EXPECT_TRUE(Ask(Make("a tensor")).ok());
  ASSERT_TRUE(RunUntil([&] { return profile.has_value(); }));
  ASSERT_TRUE(profile->ok()) << profile->status();
  EXPECT_EQ(Text((*profile)->encoded.at(0)), cloud_->profile);
  EXPECT_EQ((*profile)->bytes_up, 0);
}

TEST_F(SessionTest, AnOlderCloudIsNotAskedForAProfile) {
  StartCloud();
  cloud_->edit_welcome = [](wire::Welcome& welcome) { welcome.protocol = 1; };
  StartSession();
  ASSERT_TRUE(RunUntil([&] { return session_->state() == LinkState::kReady; }));
  absl::Status status;
  session_->AskProfile(0, absl::InfiniteDuration(),
                       [&](const absl::StatusOr<Reply>& reply) { status = reply.status(); });
  ASSERT_TRUE(RunUntil([&] { return !status.ok(); }));
  EXPECT_TRUE(absl::IsFailedPrecondition(status));
  EXPECT_THAT(status.message(), HasSubstr("protocol version 1"));
  EXPECT_EQ(session_->state(), LinkState::kReady);
}
}  // namespace
}  // namespace tideline
