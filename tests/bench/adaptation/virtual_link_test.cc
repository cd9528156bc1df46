#include "tests/bench/adaptation/virtual_link.h"

#include <gtest/gtest.h>

namespace tideline::bench {
namespace {

constexpr double kRttMs = 50;

Bottleneck Constant(double rate) { return Bottleneck::OfRates({{1, rate}}, TcpModel()); }

TEST(VirtualLinkTest, AConstantRateTakesWhatThePlannerExpects) {
  const TcpModel tcp;
  for (const double rate : {0.13e6, 1.1e6, 5.85e6, 18.88e6}) {
    const Bottleneck bottleneck = Constant(rate);
    const Channel channel(bottleneck, kRttMs, tcp);
    for (const double bytes : {100.0, 4e3, 30e3, 150e3}) {
      for (const bool fresh : {false, true}) {
        const double expected = Transfer(rate, kRttMs * 1e6, tcp, fresh)(bytes) * 1e-6;
        const Upload upload = channel.Send(1234.5, bytes, {.fresh = fresh});
        EXPECT_NEAR(upload.arrived - 1234.5, expected, 0.01 * expected)
            << rate << " " << bytes << " " << fresh;
      }
    }
  }
}

TEST(VirtualLinkTest, WhatIsSentLaterWaitsForWhatIsOnItsWay) {
  const Bottleneck bottleneck = Constant(1e6);
  const Channel channel(bottleneck, kRttMs, TcpModel());
  ChannelState state;
  const Upload first = channel.Send(0, 50e3, state);
  channel.Commit(first, state);
  EXPECT_EQ(channel.Send(10, 1000, state).begin, first.sent);
  EXPECT_EQ(channel.Send(10e3, 1000, state).begin, 10e3);
}

TEST(VirtualLinkTest, WhatIsTakenBackLeavesNoMoreThanAWindow) {
  const Bottleneck bottleneck = Constant(1e6);
  const Channel channel(bottleneck, kRttMs, TcpModel());
  ChannelState state;
  const Upload upload = channel.Send(0, 500e3, state);
  EXPECT_EQ(channel.Cancel(20, upload, state), 0);  // nothing can be acknowledged so soon
  state = {};
  const double acknowledged = channel.Cancel(1000, upload, state);
  EXPECT_NEAR(acknowledged, bottleneck.Carried(0, 950), 1);
  EXPECT_GT(state.free_at, 1050);
  EXPECT_LT(state.free_at, 1150);
}

TEST(VirtualLinkTest, AStepChangesTheRateWithinAMessage) {
  const TcpModel tcp;
  const Bottleneck bottleneck = Bottleneck::OfRates({{1, 10e6}, {1, 1e6}}, tcp);
  const double before = bottleneck.Carried(900, 1000);
  EXPECT_NEAR(bottleneck.Carried(1000, 1100), before / 10, 0.01 * before);
  EXPECT_NEAR(bottleneck.FinishAt(900, before + 1000) - 1000,
              100 * 1000 / bottleneck.Carried(1000, 1100), 0.1);
  EXPECT_NEAR(bottleneck.Carried(2000, 2100), bottleneck.Carried(0, 100), 1);
}

TEST(VirtualLinkTest, AHeartbeatWaitsForAnOutageToEnd) {
  const Bottleneck bottleneck = Bottleneck::OfRates({{1, 1e6}, {2, 0}, {1, 1e6}}, TcpModel());
  const Channel channel(bottleneck, kRttMs, TcpModel());
  EXPECT_NEAR(channel.HeartbeatMs(100), kRttMs + 2, 2);
  EXPECT_GT(channel.HeartbeatMs(1000), 2000);
}

}  // namespace
}  // namespace tideline::bench
