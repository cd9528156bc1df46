#include "edge/losing_work.h"

#include <gtest/gtest.h>

namespace tideline {
namespace {

TEST(LosingWorkTest, IsASum) {
  LosingWorkMeter meter;
  meter.AddFinish(absl::Milliseconds(3), absl::Milliseconds(20), 5.0);
  meter.AddFinish(absl::Milliseconds(4), absl::Milliseconds(80), 5.0);
  meter.AddLateAnswer(1000);
  meter.AddFailure(200);
  const LosingWork work = meter.Read();
  EXPECT_EQ(work.finishes, 2U);
  EXPECT_EQ(work.late_answers, 1U);
  EXPECT_EQ(work.cpu, absl::Milliseconds(7));
  EXPECT_EQ(work.bytes_up, 1200U);
  EXPECT_DOUBLE_EQ(work.joules.value(), 0.5);
}

TEST(LosingWorkTest, EnergyIsUnknownWhereAPowerIs) {
  LosingWorkMeter meter;
  EXPECT_FALSE(meter.Read().joules.has_value());
  meter.AddFinish(absl::Milliseconds(3), absl::Milliseconds(20), 5.0);
  meter.AddFinish(absl::Milliseconds(3), absl::Milliseconds(20), std::nullopt);
  EXPECT_FALSE(meter.Read().joules.has_value());
}

TEST(LosingWorkTest, AThreadThatComputesTakesTime) {
  const absl::Duration before = ThreadCpuTime();
  while (ThreadCpuTime() == before) {
  }
  EXPECT_GT(ThreadCpuTime(), before);
}

}  // namespace
}  // namespace tideline
