#include "partitioner/report/show.h"

#include <gtest/gtest.h>

namespace tideline {
namespace {

TEST(ShowTest, FiguresHaveThreeDigitsAndAUnit) {
  EXPECT_EQ(ShowTime(0), "0 ms");
  EXPECT_EQ(ShowTime(412'345), "0.412 ms");
  EXPECT_EQ(ShowTime(41.234e6), "41.2 ms");
  EXPECT_EQ(ShowTime(1234e6), "1234 ms");
  EXPECT_EQ(ShowTime(12.34e9), "12.3 s");
  EXPECT_EQ(ShowBytes(812), "812 B");
  EXPECT_EQ(ShowBytes(25'088), "24.5 KiB");
  EXPECT_EQ(ShowBytes(3 << 20), "3.00 MiB");
  EXPECT_EQ(ShowRate(130'000), "130 kbit/s");
  EXPECT_EQ(ShowRate(5.85e6), "5.85 Mbit/s");
  EXPECT_EQ(ShowRate(999.9e6), "1 Gbit/s");
}

TEST(ShowTest, WhatNobodyMeasuredIsUnknown) {
  PlanOption option{.accuracy_drop = 1};
  EXPECT_EQ(ShowDrop(option), "unknown");
  EXPECT_EQ(ShowEnergy(option), "unknown");
  option.accuracy_drop = 0.004;
  option.energy_joules = 0.12;
  EXPECT_EQ(ShowDrop(option), "0.4 %");
  EXPECT_EQ(ShowEnergy(option), "120 mJ");
}

TEST(ShowTest, EnginesAreNamedWhereTheyDiffer) {
  const PlanOption split{.edge_engine = "a", .cloud_engine = "b"};
  EXPECT_FALSE(NamesEngines({}));
  EXPECT_FALSE(NamesEngines({split, {.edge_engine = "a"}, {.cloud_engine = "b"}}));
  EXPECT_TRUE(NamesEngines({split, {.edge_engine = "c"}}));
}

TEST(ShowTest, PlansInsideTheBestsIntervalAreTooCloseToCall) {
  PlanReport report;
  const auto option = [](int candidate, double ns) {
    return PlanOption{.candidate = candidate, .terms = {.latency_ns = ns}};
  };
  report.ranked = {option(0, 10e6), option(1, 10.5e6), option(2, 11e6), option(3, 13e6)};
  report.ranked[0].terms.latency_low_ns = 9e6;
  report.ranked[0].terms.latency_high_ns = 12e6;
  EXPECT_EQ(
      DescribeClose(report),
      "2 of the others lie inside the best's measured interval, 9.00 ms to 12.0 ms: too close "
      "to call.");
  report.ranked[0].terms.latency_high_ns = 10e6;
  EXPECT_EQ(DescribeClose(report), "");
}

TEST(ShowTest, EnginesOfBothSidesAreNamed) {
  EXPECT_EQ(ShowEngines({.edge_engine = "a", .cloud_engine = "b"}), "a → b");
  EXPECT_EQ(ShowEngines({.edge_engine = "a"}), "a");
}

}  // namespace
}  // namespace tideline
