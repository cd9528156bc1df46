#include "edge/source/pacer.h"

#include <thread>

#include <gtest/gtest.h>

namespace tideline {
namespace {

TEST(PacerTest, TheScheduleIsAFixedGrid) {
  EXPECT_EQ(DueAfterStart(Frequency{10}, 0), absl::ZeroDuration());
  EXPECT_EQ(DueAfterStart(Frequency{10}, 1), absl::Milliseconds(100));
  EXPECT_EQ(DueAfterStart(Frequency{10}, 25), absl::Milliseconds(2500));
  EXPECT_EQ(DueAfterStart(Frequency{0.5}, 3), absl::Seconds(6));
}

TEST(PacerTest, WithoutARateEveryFrameIsDueAtOnce) {
  Pacer pacer(std::nullopt);
  EXPECT_TRUE(pacer.Wait(0));
  EXPECT_TRUE(pacer.Wait(1'000'000));
  pacer.Stop();
  EXPECT_FALSE(pacer.Wait(1));
}

TEST(PacerTest, StopWakesAFrameThatIsDueInAnHour) {
  Pacer pacer(Frequency{1.0 / 3600});
  ASSERT_TRUE(pacer.Wait(0));
  bool went_on = true;
  std::thread waiting([&] { went_on = pacer.Wait(1); });
  pacer.Stop();
  waiting.join();
  EXPECT_FALSE(went_on);
}

}  // namespace
}  // namespace tideline
