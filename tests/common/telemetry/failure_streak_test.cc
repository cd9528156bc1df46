#include "common/telemetry/failure_streak.h"

#include <gtest/gtest.h>

namespace tideline {
namespace {

const absl::Status kGone = absl::InternalError("the accelerator is gone");

TEST(FailureStreakTest, SeveralFailuresInARowCountAndOneAnswerEndsThem) {
  FailureStreak streak;
  for (int i = 1; i < kFailuresToUnready; ++i) {
    streak.OnAnswer(kGone);
    EXPECT_TRUE(streak.status().ok());
  }
  streak.OnAnswer(kGone);
  EXPECT_EQ(streak.status(), kGone);
  streak.OnAnswer(absl::OkStatus());
  EXPECT_TRUE(streak.status().ok());
  streak.OnAnswer(kGone);
  EXPECT_TRUE(streak.status().ok());
}

TEST(FailureStreakTest, WrongInputsNeitherFailNorMend) {
  FailureStreak streak;
  for (int i = 0; i < kFailuresToUnready; ++i) {
    streak.OnAnswer(absl::InvalidArgumentError("no image"));
    streak.OnAnswer(absl::DataLossError("half an image"));
  }
  EXPECT_TRUE(streak.status().ok());
  for (int i = 0; i < kFailuresToUnready; ++i) {
    streak.OnAnswer(kGone);
    streak.OnAnswer(absl::InvalidArgumentError("no image"));
  }
  EXPECT_EQ(streak.status(), kGone);
}

}  // namespace
}  // namespace tideline
