#include "edge/losing_work.h"

#include <gtest/gtest.h>

namespace tideline {
namespace {

TEST(LosingWorkTest, IsASum) {
  LosingWorkMeter meter;
  meter.AddFinish(absl::Milliseconds(3), absl::Milliseconds(20), 5.0);
  meter.AddFinish(absl::Milliseconds(4), absl::Milliseconds(80), 5.0);
  meter.AddLateAnswer(1000, std::nullopt);
  meter.AddFailure(200, std::nullopt);
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

TEST(LosingWorkTest, BytesCostWhatTheRadioTookForThem) {
  LosingWorkMeter meter;
  EXPECT_FALSE(meter.Read().radio_joules.has_value());
  const std::optional<double> joules = RadioJoules(/*bytes=*/1000, /*watts=*/2, 8e3);
  EXPECT_DOUBLE_EQ(joules.value(), 2);
  meter.AddLateAnswer(1000, joules);
  meter.AddFailure(500, RadioJoules(500, 2, 8e3));
  meter.AddLateAnswer(0, std::nullopt);  // nothing had left
  EXPECT_DOUBLE_EQ(meter.Read().radio_joules.value(), 3);
  meter.AddFailure(500, RadioJoules(500, 2, std::nullopt));
  EXPECT_FALSE(meter.Read().radio_joules.has_value());
  EXPECT_EQ(RadioJoules(500, std::nullopt, 8e3), std::nullopt);
}

}  // namespace
}  // namespace tideline
