#include "edge/finish_time.h"

#include <gtest/gtest.h>

namespace tideline {
namespace {

TEST(FinishTimeTest, BeginsWithTheTimeOfTheWholeNetwork) {
  const FinishTime time(absl::Milliseconds(20));
  EXPECT_EQ(time.Reserve(1), 1.5 * absl::Milliseconds(40) + absl::Milliseconds(10));
}

TEST(FinishTimeTest, EveryOpenRequestMayNeedTheComputeThread) {
  const FinishTime time(absl::Milliseconds(20));
  EXPECT_EQ(time.Reserve(5) - time.Reserve(4), 1.5 * absl::Milliseconds(20));
}

TEST(FinishTimeTest, ASlowFinishCountsAtOnceAndFadesSlowly) {
  FinishTime time(absl::Milliseconds(10));
  const absl::Duration before = time.Reserve(1);
  time.AddFinish(absl::Milliseconds(100));
  const absl::Duration slow = time.Reserve(1);
  EXPECT_EQ(slow - before, 1.5 * absl::Milliseconds(90));
  time.AddFinish(absl::Milliseconds(10));
  EXPECT_EQ(slow - time.Reserve(1), 1.5 * absl::Milliseconds(9));
}

}  // namespace
}  // namespace tideline
