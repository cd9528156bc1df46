#include "partitioner/planner/link.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace tideline {
namespace {

using ::testing::HasSubstr;
using ::testing::StartsWith;

TcpModel PlainTcp() {
  TcpModel tcp;
  tcp.initial_window = 14'480;
  tcp.growth = 2;
  tcp.wire_factor = 1;
  tcp.message_bytes = 0;
  tcp.chunk_bytes = 0;
  tcp.heartbeat_bytes = 0;
  tcp.message_ns = 0;
  tcp.encrypt_ns_per_byte = 0;
  return tcp;
}

std::string ErrorOf(std::string_view text) {
  return std::string(ParseLink(text, "l.yaml").status().message());
}

TEST(LinkTest, QuantilesAreLinearBetweenPointsAndConstantOutside) {
  const auto rates = Quantiles::Make({{0.05, 1e6}, {0.5, 4e6}, {0.95, 8e6}});
  ASSERT_TRUE(rates.ok());
  EXPECT_DOUBLE_EQ(rates->At(0), 1e6);
  EXPECT_DOUBLE_EQ(rates->At(0.05), 1e6);
  EXPECT_DOUBLE_EQ(rates->At(0.275), 2.5e6);
  EXPECT_DOUBLE_EQ(rates->median(), 4e6);
  EXPECT_DOUBLE_EQ(rates->At(1), 8e6);
  EXPECT_DOUBLE_EQ(rates->Scaled(2).At(0.275), 5e6);
}

TEST(LinkTest, PointsThatAreNoDistributionAreRefused) {
  EXPECT_FALSE(Quantiles::Make({}).ok());
  EXPECT_FALSE(Quantiles::Make({{0.5, 2}, {0.4, 3}}).ok());
  EXPECT_FALSE(Quantiles::Make({{0.4, 3}, {0.5, 2}}).ok());
  EXPECT_FALSE(Quantiles::Make({{0.5, 0}}).ok());
  EXPECT_FALSE(Quantiles::Make({{0.5, -1}}).ok());
  EXPECT_FALSE(Quantiles::Make({{1.5, 1}}).ok());
}

TEST(LinkTest, AWarmConnectionTakesTheBytesAndHalfARoundTrip) {
  const Transfer transfer(8e6, 50e6, PlainTcp(), /*idle=*/false);
  EXPECT_DOUBLE_EQ(transfer(100'000), 25e6 + 100e6);
}

// Measured in the lab at 0.13 Mbit/s: 2 kB of a tensor were 2.48 kB of packets, and at 5.85 Mbit/s
// a byte was 1.05.
TEST(LinkTest, AThinLinkCarriesHeadersAndHeartbeatsToo) {
  const auto ratio = [](double rate) {
    const Transfer transfer(rate, /*rtt_ns=*/0, TcpModel(), /*idle=*/false);
    return (transfer.SendingNs(1e6) - transfer.SendingNs(0)) / (8e9 / rate * 1e6);
  };
  EXPECT_NEAR(ratio(0.13e6), 1.21, 0.02);
  EXPECT_NEAR(ratio(5.85e6), 1.05, 0.01);
  EXPECT_GT(ratio(1e4), 2) << "half of it is always left";
  EXPECT_LT(ratio(1e4), 2.4);
}

// 100 kB at 100 Mbit/s and 50 ms: windows of 14480, 28960 and 57920 bytes are each waited for.
TEST(LinkTest, AfterIdlingEachWindowTakesARoundTrip) {
  const Transfer transfer(1e8, 50e6, PlainTcp(), /*idle=*/true);
  EXPECT_DOUBLE_EQ(transfer(14'480), 25e6 + 14'480 * 80);
  EXPECT_DOUBLE_EQ(transfer(14'481), 25e6 + 50e6 + 80);
  EXPECT_DOUBLE_EQ(transfer(100'000), 25e6 + 2 * 50e6 + (100'000 - 14'480 - 28'960) * 80);
}

// The first request of a connection in the lab, with 50 ms: 72,806 bytes took 219 ms at 18.88
// Mbit/s and 14,201 bytes 103 ms there and 108 ms at 5.85 Mbit/s, the small answer included.
TEST(LinkTest, ANewConnectionTakesAsLongAsInTheLab) {
  const auto milliseconds = [](double rate, double bytes) {
    const Transfer transfer(rate, 50e6, TcpModel(), /*idle=*/true);
    return (transfer(bytes) + transfer(40)) * 1e-6;
  };
  EXPECT_NEAR(milliseconds(18.88e6, 72'806), 219, 0.05 * 219);
  EXPECT_NEAR(milliseconds(18.88e6, 14'201), 103, 0.05 * 103);
  EXPECT_NEAR(milliseconds(5.85e6, 14'201), 108, 0.05 * 108);
}

TEST(LinkTest, AThinLinkNeverWaitsForTheWindow) {
  const Transfer idle(1e6, 50e6, PlainTcp(), /*idle=*/true);
  const Transfer warm(1e6, 50e6, PlainTcp(), /*idle=*/false);
  EXPECT_DOUBLE_EQ(idle(1e6), warm(1e6));
}

TEST(LinkTest, WithoutTheRestartIdlingCostsNothing) {
  TcpModel tcp = PlainTcp();
  tcp.restarts_after_idle = false;
  EXPECT_DOUBLE_EQ(Transfer(1e8, 50e6, tcp, true)(1e6), Transfer(1e8, 50e6, tcp, false)(1e6));
}

TEST(LinkTest, MoreBytesSlowerRatesAndLongerTripsNeverTakeLess) {
  for (double bytes = 1; bytes < 1e7; bytes *= 1.3) {
    for (double rate = 1e5; rate < 1e10; rate *= 3) {
      for (const double rtt : {1e5, 1e6, 5e7, 3e8}) {
        const double here = Transfer(rate, rtt, TcpModel(), true)(bytes);
        EXPECT_LE(here, Transfer(rate, rtt, TcpModel(), true)(bytes * 1.3) * (1 + 1e-12));
        EXPECT_LE(here, Transfer(rate / 3, rtt, TcpModel(), true)(bytes) * (1 + 1e-12));
        EXPECT_LE(here, Transfer(rate, rtt * 2, TcpModel(), true)(bytes) * (1 + 1e-12));
      }
    }
  }
}

TEST(LinkTest, PresetsHaveThePapersRates) {
  EXPECT_DOUBLE_EQ(LinkPreset("cat1")->up.median(), 0.13e6);
  EXPECT_DOUBLE_EQ(LinkPreset("3g")->up.median(), 1.1e6);
  EXPECT_DOUBLE_EQ(LinkPreset("lte")->down.median(), 5.85e6);
  EXPECT_DOUBLE_EQ(LinkPreset("wifi")->up.median(), 18.88e6);
  EXPECT_DOUBLE_EQ(LinkPreset("wifi")->rtt.median(), 50e6);
  EXPECT_DOUBLE_EQ(LinkPreset("ethernet")->up.median(), 1e9);
  EXPECT_DOUBLE_EQ(LinkPreset("ethernet")->rtt.median(), 1e6);
  EXPECT_THAT(std::string(LinkPreset("wify").status().message()), HasSubstr("did you mean 'wifi'"));
}

TEST(LinkTest, AMeasuredLinkIsRead) {
  const auto link = ParseLink(
      "name: bridge\npercentiles: [5, 50, 95]\nup: [0.02Mbps, 1.56Mbps, 4.78Mbps]\ndown: [9Mbps]\n"
      "rtt: [40ms, 50ms, 210ms]\ntcp: {initial_window: 20kB, restarts_after_idle: false}\n",
      "l.yaml");
  ASSERT_TRUE(link.ok()) << link.status();
  EXPECT_EQ(link->name, "bridge");
  EXPECT_DOUBLE_EQ(link->up.At(0.05), 0.02e6);
  EXPECT_DOUBLE_EQ(link->down.At(0.05), 9e6);
  EXPECT_DOUBLE_EQ(link->rtt.At(0.95), 210e6);
  EXPECT_DOUBLE_EQ(link->tcp.initial_window, 20'000);
  EXPECT_FALSE(link->tcp.restarts_after_idle);
}

TEST(LinkTest, ADownlinkThatIsNotGivenIsAsTheUplink) {
  const auto link = ParseLink("up: [3Mbps]\nrtt: [10ms]\n", "l.yaml");
  ASSERT_TRUE(link.ok()) << link.status();
  EXPECT_EQ(link->down, link->up);
}

TEST(LinkTest, BadLinkFilesAreRefusedAtTheirLine) {
  EXPECT_THAT(ErrorOf("up: [0Mbps]\nrtt: [1ms]\n"), StartsWith("l.yaml:1: up: "));
  EXPECT_THAT(ErrorOf("up: [-1Mbps]\nrtt: [1ms]\n"), StartsWith("l.yaml:1: up: "));
  EXPECT_THAT(ErrorOf("up: [1Mbps, 2Mbps]\nrtt: [1ms]\n"),
              StartsWith("l.yaml:1: up: 2 values for 0 percentiles"));
  EXPECT_THAT(ErrorOf("percentiles: [5, 200]\nup: [1Mbps, 2Mbps]\nrtt: [1ms]\n"),
              HasSubstr("'200' is no percentile"));
  EXPECT_THAT(ErrorOf("percentiles: [5, 95]\nup: [2Mbps, 1Mbps]\nrtt: [1ms]\n"),
              StartsWith("l.yaml:2: up: "));
  EXPECT_THAT(ErrorOf("up: [1Mbps]\n"), HasSubstr("'rtt' is missing"));
}

}  // namespace
}  // namespace tideline
