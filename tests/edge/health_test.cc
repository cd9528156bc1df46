#include "edge/health.h"

#include <gtest/gtest.h>

namespace tideline {
namespace {

Result Failed(absl::Status error) {
  Result result;
  result.error = std::move(error);
  return result;
}

TEST(AnswerHealth, IsLostAfterSeveralFailuresInARowAndBackWithAnAnswer) {
  AnswerHealth health;
  for (int i = 1; i < kFailuresToUnready; ++i) {
    health.OnResult(Failed(absl::InternalError("the accelerator is gone")));
    EXPECT_TRUE(health.status().ok());
  }
  health.OnResult(Failed(absl::InternalError("the accelerator is gone")));
  EXPECT_EQ(health.status().message(), "the accelerator is gone");
  const Health told = DescribeHealth(health.status(), nullptr);
  EXPECT_TRUE(told.live);
  EXPECT_FALSE(told.ready);
  health.OnResult(Result());
  EXPECT_TRUE(health.status().ok());
  EXPECT_TRUE(DescribeHealth(health.status(), nullptr).ready);
}

TEST(AnswerHealth, WrongInputsSayNothingOfTheEdge) {
  AnswerHealth health;
  for (int i = 0; i < 10; ++i) {
    health.OnResult(Failed(absl::InvalidArgumentError("no image")));
    health.OnResult(Failed(absl::DataLossError("half an image")));
  }
  EXPECT_TRUE(health.status().ok());
}

}  // namespace
}  // namespace tideline
