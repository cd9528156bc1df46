#include "common/base/clock.h"

#include <gtest/gtest.h>

namespace tideline {
namespace {

TEST(SystemClockTest, NeverGoesBack) {
  const SystemClock clock;
  MonotonicTime before = clock.Now();
  for (int i = 0; i < 1000; ++i) {
    const MonotonicTime now = clock.Now();
    ASSERT_GE(now, before);
    before = now;
  }
  EXPECT_GT(clock.WallNow(), absl::FromUnixSeconds(1'600'000'000));
}

TEST(ManualClockTest, MovesOnlyWhenTold) {
  ManualClock clock;
  EXPECT_EQ(clock.Now(), absl::ZeroDuration());
  EXPECT_EQ(clock.WallNow(), absl::UnixEpoch());
  clock.Advance(absl::Seconds(3));
  clock.Advance(absl::Milliseconds(5));
  EXPECT_EQ(clock.Now(), absl::Milliseconds(3005));
  EXPECT_EQ(clock.WallNow(), absl::UnixEpoch() + absl::Milliseconds(3005));
}

}  // namespace
}  // namespace tideline
