#include "partitioner/policy/in_flight.h"

#include <gtest/gtest.h>

namespace tideline {
namespace {

TEST(InFlightTest, AsManyAsKeepTheSlowestStageBusyAndOneMore) {
  EXPECT_EQ(InFlight({.latency_ns = 100e6, .period_ns = 20e6}), 6);
  EXPECT_EQ(InFlight({.latency_ns = 101e6, .period_ns = 20e6}), 7);
  EXPECT_EQ(InFlight({.latency_ns = 20e6, .period_ns = 20e6}), 2);
}

TEST(InFlightTest, LimitsHold) {
  EXPECT_EQ(InFlight({.latency_ns = 1e9, .period_ns = 1e6}, {.most = 8}), 8);
  EXPECT_EQ(InFlight({.latency_ns = 1e6, .period_ns = 1e6}, {.least = 4}), 4);
  EXPECT_EQ(
      InFlight({.latency_ns = 1e9, .period_ns = 1e6}, {.held_bytes = 4e6, .most_held_bytes = 21e6}),
      5);
  EXPECT_EQ(
      InFlight({.latency_ns = 1e9, .period_ns = 1e6}, {.held_bytes = 4e6, .most_held_bytes = 1}),
      1);
}

TEST(InFlightTest, NothingKnownIsTheLeast) { EXPECT_EQ(InFlight(Terms()), 1); }

}  // namespace
}  // namespace tideline
