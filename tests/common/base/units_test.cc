#include "common/base/units.h"

#include <array>
#include <string>
#include <utility>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace tideline {
namespace {

using ::testing::HasSubstr;

TEST(DurationTest, EveryUnitIsRead) {
  const std::array<std::pair<const char*, absl::Duration>, 8> table = {
      {{"250ns", absl::Nanoseconds(250)},
       {"250us", absl::Microseconds(250)},
       {"80ms", absl::Milliseconds(80)},
       {"2s", absl::Seconds(2)},
       {"0.1s", absl::Milliseconds(100)},
       {"1.5m", absl::Seconds(90)},
       {"1h", absl::Hours(1)},
       {"0s", absl::ZeroDuration()}}};
  for (const auto& [text, duration] : table) {
    const auto parsed = ParseDuration(text);
    ASSERT_TRUE(parsed.ok()) << text << ": " << parsed.status();
    EXPECT_EQ(*parsed, duration) << text;
  }
}

TEST(DurationTest, WhatIsNoDurationIsRefusedWithAnExample) {
  for (const char* text : {"", "80", "ms", "80 ms", " 80ms", "80ms ", "-1s", "+1s", "1e3s", "1S",
                           "1..5s", "0x10s", "nan", "infs", "1,5s", "80msms"}) {
    const auto parsed = ParseDuration(text);
    ASSERT_FALSE(parsed.ok()) << text;
    EXPECT_THAT(std::string(parsed.status().message()),
                HasSubstr("'" + std::string(text) + "' is not a duration; write for example 80ms"));
  }
}

TEST(DurationTest, AnAbsurdDurationIsRefusedWithTheLimit) {
  const auto parsed = ParseDuration("99999999999999999999999999h");
  ASSERT_FALSE(parsed.ok());
  EXPECT_THAT(std::string(parsed.status().message()), HasSubstr("10000h"));
}

TEST(DurationTest, TheWrittenTextIsTheOneAPersonWouldWrite) {
  EXPECT_EQ(Format(absl::Milliseconds(80)), "80ms");
  EXPECT_EQ(Format(absl::Seconds(90)), "90s");
  EXPECT_EQ(Format(absl::Minutes(5)), "5m");
  EXPECT_EQ(Format(absl::Milliseconds(1500)), "1.5s");
  EXPECT_EQ(Format(absl::Microseconds(250)), "250us");
  EXPECT_EQ(Format(absl::ZeroDuration()), "0s");
  EXPECT_EQ(Format(-absl::Seconds(3)), "-3s");
  EXPECT_EQ(Format(absl::InfiniteDuration()), "infinite");
}

TEST(DurationTest, EveryNanosecondIsReadBack) {
  for (int64_t nanoseconds = 1; nanoseconds < int64_t{4'000'000'000'000};
       nanoseconds = nanoseconds * 3 + 1) {
    const absl::Duration duration = absl::Nanoseconds(nanoseconds);
    const auto parsed = ParseDuration(Format(duration));
    ASSERT_TRUE(parsed.ok()) << Format(duration);
    EXPECT_EQ(*parsed, duration) << Format(duration);
  }
}

TEST(ByteCountTest, DecimalAndBinaryUnitsDiffer) {
  EXPECT_EQ(ParseByteCount("512")->count, 512);
  EXPECT_EQ(ParseByteCount("0B")->count, 0);
  EXPECT_EQ(ParseByteCount("100kB")->count, 100'000);
  EXPECT_EQ(ParseByteCount("4.35kB")->count, 4350);
  EXPECT_EQ(ParseByteCount("1KiB")->count, 1024);
  EXPECT_EQ(ParseByteCount("4MiB")->count, 4 << 20);
  EXPECT_EQ(ParseByteCount("4MB")->count, 4'000'000);
  EXPECT_EQ(ParseByteCount("1.5GiB")->count, 3LL << 29);
}

TEST(ByteCountTest, HalfAByteAndUnknownUnitsAreRefused) {
  EXPECT_FALSE(ParseByteCount("1.5").ok());
  EXPECT_FALSE(ParseByteCount("0.0001kB").ok());
  for (const char* text : {"4M", "4mib", "4 MiB", "-4MiB", "", "B", "4Mb"}) {
    EXPECT_FALSE(ParseByteCount(text).ok()) << text;
  }
}

TEST(ByteCountTest, MoreThanTheLimitIsRefused) {
  EXPECT_TRUE(ParseByteCount("1048576TiB").ok());
  EXPECT_FALSE(ParseByteCount("1048577TiB").ok());
}

TEST(ByteCountTest, TheWrittenTextIsReadBack) {
  for (const int64_t count : {int64_t{0}, int64_t{1}, int64_t{512}, int64_t{100'000},
                              int64_t{4} << 20, int64_t{123'456'789}, int64_t{1} << 60}) {
    const std::string text = Format(ByteCount{count});
    ASSERT_TRUE(ParseByteCount(text).ok()) << text;
    EXPECT_EQ(ParseByteCount(text)->count, count) << text;
  }
  EXPECT_EQ(Format(ByteCount{4 << 20}), "4MiB");
  EXPECT_EQ(Format(ByteCount{100'000}), "100kB");
  EXPECT_EQ(Format(ByteCount{512}), "512");
}

TEST(BitRateTest, RatesAreBitsPerSecond) {
  EXPECT_DOUBLE_EQ(ParseBitRate("5.85Mbps")->bits_per_second, 5.85e6);
  EXPECT_DOUBLE_EQ(ParseBitRate("1Gbps")->bits_per_second, 1e9);
  EXPECT_DOUBLE_EQ(ParseBitRate("130kbps")->bits_per_second, 130e3);
  EXPECT_DOUBLE_EQ(ParseBitRate("9bps")->bits_per_second, 9);
  for (const char* text : {"6", "6M", "6MBps", "6 Mbps", "6Mb/s"}) {
    EXPECT_FALSE(ParseBitRate(text).ok()) << text;
  }
  EXPECT_EQ(Format(*ParseBitRate("5.85Mbps")), "5.85Mbps");
  EXPECT_EQ(Format(*ParseBitRate("0bps")), "0bps");
}

TEST(FrequencyTest, PerSecondIsTheUnitUnlessAMinuteIsWritten) {
  EXPECT_DOUBLE_EQ(ParseFrequency("10")->per_second, 10);
  EXPECT_DOUBLE_EQ(ParseFrequency("0.5/s")->per_second, 0.5);
  EXPECT_DOUBLE_EQ(ParseFrequency("30/m")->per_second, 0.5);
  EXPECT_FALSE(ParseFrequency("10Hz").ok());
  EXPECT_EQ(Format(*ParseFrequency("10")), "10/s");
}

TEST(FractionTest, PerCentAndPlainNumbersAreTheSame) {
  EXPECT_EQ(ParseFraction("7%")->value, 0.07);
  EXPECT_EQ(ParseFraction("0.07")->value, 0.07);
  EXPECT_EQ(ParseFraction("100%")->value, 1.0);
  EXPECT_FALSE(ParseFraction("101%").ok());
  EXPECT_FALSE(ParseFraction("7").ok());
  EXPECT_EQ(Format(Fraction{0.01}), "1%");
  EXPECT_EQ(Format(Fraction{0.005}), "0.5%");
}

}  // namespace
}  // namespace tideline
