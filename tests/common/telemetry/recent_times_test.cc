#include "common/telemetry/recent_times.h"

#include <gtest/gtest.h>

#include "common/telemetry/figures.h"

namespace tideline {
namespace {

constexpr absl::Duration kMs = absl::Milliseconds(1);

TEST(RecentTimesTest, NothingHasNoFigures) {
  const RecentTimes<1> times(absl::ZeroDuration());
  EXPECT_FALSE(times.Summary(absl::Seconds(5)).has_value());
  EXPECT_EQ(times.PerSecond(absl::Seconds(5)), 0);
}

TEST(RecentTimesTest, FiguresAreThoseOfTheLastTenSeconds) {
  RecentTimes<2> times(absl::ZeroDuration());
  times.Add(absl::Seconds(1), {1000 * kMs, 0 * kMs});
  for (int i = 1; i <= 100; ++i) {
    times.Add(absl::Seconds(20) + i * kMs, {i * kMs, 2 * i * kMs});
  }
  const auto summary = times.Summary(absl::Seconds(21));
  ASSERT_TRUE(summary.has_value());
  EXPECT_EQ(summary->p50, 50 * kMs);
  EXPECT_EQ(summary->p95, 95 * kMs);
  EXPECT_EQ(summary->p99, 99 * kMs);
  EXPECT_EQ(summary->mean[0], 50.5 * kMs);
  EXPECT_EQ(summary->mean[1], 101 * kMs);
  EXPECT_DOUBLE_EQ(times.PerSecond(absl::Seconds(21)), 10);
  EXPECT_FALSE(times.Summary(absl::Seconds(31)).has_value());
}

TEST(RecentTimesTest, AYoungWindowIsNotTakenForALongOne) {
  RecentTimes<1> times(absl::Seconds(100));
  times.Add(absl::Seconds(101), {kMs});
  times.Add(absl::Seconds(102), {kMs});
  EXPECT_DOUBLE_EQ(times.PerSecond(absl::Seconds(102)), 1);
}

TEST(RecentTimesTest, WhatItCannotKeepDoesNotLowerTheRate) {
  RecentTimes<1> times(absl::ZeroDuration());
  constexpr int kEvents = 20'000;  // in two seconds
  for (int i = 1; i <= kEvents; ++i) {
    times.Add(i * kMs / 10, {i * kMs});
  }
  EXPECT_NEAR(times.PerSecond(absl::Seconds(2)), 10'000, 100);
  EXPECT_GT(times.Summary(absl::Seconds(2))->p50, (kEvents - 4096) * kMs);
}

TEST(FiguresTest, TimesAreRoundedAndNamed) {
  EXPECT_EQ(Timestamp(absl::FromUnixMillis(1'764'410'400'123)), "2025-11-29T10:00:00.123Z");
  EXPECT_EQ(Milliseconds(absl::Nanoseconds(1'234'567)), 1.235);
  EXPECT_EQ(Seconds(absl::Microseconds(1'234'567)), 1.235);
}

TEST(FiguresTest, ATextIsNotCutInsideACharacter) {
  EXPECT_EQ(Shortened("abc", 3), "abc");
  EXPECT_EQ(Shortened("abcd", 3), "abc");
  EXPECT_EQ(Shortened("a\xC3\xA9z", 2), "a");
}

}  // namespace
}  // namespace tideline
