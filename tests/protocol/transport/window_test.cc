#include "protocol/transport/window.h"

#include <algorithm>
#include <cstdint>
#include <optional>
#include <queue>
#include <span>
#include <vector>

#include <gtest/gtest.h>

namespace tideline {
namespace {

constexpr double kMbit = 1e6 / 8;  // bytes per second

// A sender with a SendWindow, a link with a rate, a delay and an unbounded queue, and a receiver
// that acknowledges every chunk, all in virtual time.
class Bottleneck {
 public:
  Bottleneck(double rate, absl::Duration rtt) : rate_(rate), rtt_(rtt) {}

  void ChangeRate(double rate) { rate_ = rate; }
  void ChangeRoundTrip(absl::Duration rtt) { rtt_ = rtt; }
  // After a pause this many bytes pass at once, as through a token bucket.
  void AllowBurst(double bytes) { burst_ = bytes; }
  // Acknowledgements are held back and come together, `period` apart; 0 = at once.
  void CompressAcks(absl::Duration period) { ack_period_ = period; }

  // Sends without a pause for `time`.
  void Saturate(absl::Duration time) {
    const absl::Duration end = now_ + time;
    SendAll(UINT64_MAX);
    while (!acks_.empty() && acks_.front().at <= end) {
      TakeAck();
      SendAll(UINT64_MAX);
    }
    now_ = end;
  }

  // Sends `bytes`, waits until they are acknowledged, then for `pause`.
  void SendAndPause(uint64_t bytes, absl::Duration pause) {
    uint64_t left = SendAll(bytes);
    while (!acks_.empty()) {
      TakeAck();
      left = SendAll(left);
    }
    now_ += pause;
  }

  double RateSince(absl::Duration from) const {
    uint64_t bytes = 0;
    for (const auto& [at, size] : arrivals_) {
      bytes += at > from && at <= now_ ? size : 0;
    }
    return static_cast<double>(bytes) / absl::ToDoubleSeconds(now_ - from);
  }

  // How long a heartbeat sent at the worst moment since `from` waited behind chunks.
  absl::Duration WorstQueueSince(absl::Duration from) const {
    absl::Duration worst;
    for (const auto& [at, delay] : queue_) {
      worst = at >= from ? std::max(worst, delay) : worst;
    }
    return worst;
  }

  absl::Duration now() const { return now_; }
  SendWindow& window() { return window_; }
  const std::vector<RateSample>& samples() const { return samples_; }

 private:
  struct PendingAck {
    absl::Duration at;
    wire::Ack ack;
  };

  uint64_t SendAll(uint64_t bytes) {
    while (bytes > 0 && window_.CanSend(std::min<uint64_t>(bytes, window_.chunk()))) {
      const uint64_t chunk = std::min<uint64_t>(bytes, window_.chunk());
      window_.OnSend(now_, chunk);
      free_at_ = std::max(free_at_, now_ - absl::Seconds(burst_ / rate_)) +
                 absl::Seconds(static_cast<double>(chunk) / rate_);
      const absl::Duration departure = std::max(free_at_, now_);
      queue_.emplace_back(now_, departure - now_);
      const absl::Duration arrival = departure + rtt_ / 2;
      arrivals_.emplace_back(arrival, chunk);
      received_ += chunk;
      absl::Duration back = std::max(arrival + rtt_ / 2, last_ack_);
      if (ack_period_ > absl::ZeroDuration()) {
        back = absl::Ceil(back, ack_period_);
      }
      last_ack_ = back;
      acks_.push({back, {received_, static_cast<uint64_t>(absl::ToInt64Microseconds(arrival))}});
      bytes -= bytes == UINT64_MAX ? 0 : chunk;
    }
    if (bytes == 0) {
      window_.OnNothingToSend();
    }
    return bytes;
  }

  void TakeAck() {
    const PendingAck next = acks_.front();
    acks_.pop();
    now_ = std::max(now_, next.at);
    ASSERT_TRUE(window_.OnAck(now_, next.ack).ok());
    if (const std::optional<RateSample> sample = window_.TakeSample()) {
      samples_.push_back(*sample);
    }
    EXPECT_EQ(window_.TakeSample(), std::nullopt);
  }

  double rate_;
  double burst_ = 0;
  absl::Duration rtt_;
  absl::Duration ack_period_;
  absl::Duration now_ = absl::Seconds(1000);
  absl::Duration free_at_;
  absl::Duration last_ack_;
  uint64_t received_ = 0;
  SendWindow window_;
  std::vector<RateSample> samples_;
  std::queue<PendingAck> acks_;
  std::vector<std::pair<absl::Duration, uint64_t>> arrivals_;
  std::vector<std::pair<absl::Duration, absl::Duration>> queue_;
};

struct LinkCase {
  double megabits;
  int rtt_ms;
};

class ThinLink : public testing::TestWithParam<LinkCase> {};

TEST_P(ThinLink, QueuesAtMost150MsAlsoDuringStartUp) {
  Bottleneck link(GetParam().megabits * kMbit, absl::Milliseconds(GetParam().rtt_ms));
  const absl::Duration start = link.now();
  link.Saturate(absl::Seconds(60));
  EXPECT_LE(link.WorstQueueSince(start), absl::Milliseconds(150));
  EXPECT_GE(link.RateSince(start + absl::Seconds(5)), 0.9 * GetParam().megabits * kMbit);
}

INSTANTIATE_TEST_SUITE_P(Links, ThinLink,
                         testing::Values(LinkCase{1, 5}, LinkCase{1, 50}, LinkCase{1, 200}),
                         [](const auto& info) { return fmt::format("Rtt{}", info.param.rtt_ms); });

TEST(RateSampleTest, ALongTransferShowsTheRateAgainAndAgain) {
  Bottleneck link(8 * kMbit, absl::Milliseconds(50));
  link.Saturate(absl::Seconds(5));
  ASSERT_GT(link.samples().size(), 20);
  for (const RateSample& sample : std::span(link.samples()).last(20)) {
    EXPECT_EQ(sample.kind, RateSample::Kind::kExact);
    EXPECT_NEAR(static_cast<double>(sample.bytes) / absl::ToDoubleSeconds(sample.taken), 8 * kMbit,
                0.05 * 8 * kMbit);
  }
}

TEST(RateSampleTest, ALoneChunkShowsItsRoundTrip) {
  Bottleneck link(8 * kMbit, absl::Milliseconds(50));
  link.SendAndPause(1000, absl::Seconds(1));
  ASSERT_EQ(link.samples().size(), 1);
  EXPECT_EQ(link.samples()[0].kind, RateSample::Kind::kAlone);
  EXPECT_EQ(link.samples()[0].bytes, 1000);
  EXPECT_EQ(link.samples()[0].taken, absl::Milliseconds(51));
}

TEST(RateSampleTest, AShortBurstShowsWhatTheLinkCarriesAtLeast) {
  Bottleneck link(20 * kMbit, absl::Milliseconds(50));
  link.SendAndPause(10'000, absl::Milliseconds(400));
  ASSERT_EQ(link.samples().size(), 1U);
  const RateSample sample = link.samples().front();
  EXPECT_EQ(sample.kind, RateSample::Kind::kAtLeast);
  EXPECT_NEAR(static_cast<double>(sample.bytes) / absl::ToDoubleSeconds(sample.taken), 20 * kMbit,
              0.01 * 20 * kMbit);
}

// A JPEG of 5 kB, of which the first chunk shows nothing.
TEST(RateSampleTest, OnAThinLinkEveryShortBurstShowsTheRate) {
  Bottleneck link(1.1 * kMbit, absl::Milliseconds(50));
  for (int i = 0; i < 5; ++i) {
    link.SendAndPause(5'000, absl::Milliseconds(400));
  }
  ASSERT_EQ(link.samples().size(), 5U);
  for (const RateSample& sample : link.samples()) {
    EXPECT_EQ(sample.kind, RateSample::Kind::kExact);
    EXPECT_NEAR(static_cast<double>(sample.bytes) / absl::ToDoubleSeconds(sample.taken),
                1.1 * kMbit, 0.01 * 1.1 * kMbit);
  }
}

// The first chunk nearly all of it.
TEST(RateSampleTest, WhatTheReceiversClockDoesNotShowTheAcknowledgementDoes) {
  Bottleneck link(20 * kMbit, absl::Milliseconds(50));
  link.SendAndPause(2'500, absl::Milliseconds(400));
  ASSERT_EQ(link.samples().size(), 1U);
  EXPECT_EQ(link.samples()[0].kind, RateSample::Kind::kAlone);
  EXPECT_EQ(link.samples()[0].bytes, 2'500U);
  EXPECT_NEAR(absl::ToDoubleMilliseconds(link.samples()[0].taken), 51, 0.1);
}

TEST(RateSampleTest, AnApplicationThatSendsSlowlyIsNoSlowLink) {
  SendWindow window;
  window.OnSend(absl::Seconds(1), 2000);
  window.OnSend(absl::Seconds(1.03), 500);  // encoded meanwhile
  window.OnNothingToSend();
  ASSERT_TRUE(window.OnAck(absl::Seconds(1.08), {.bytes = 2500, .received_us = 0}).ok());
  EXPECT_FALSE(window.TakeSample().has_value());
}

class LongTransfer : public testing::TestWithParam<LinkCase> {};

TEST_P(LongTransfer, ReachesNineTenthsOfTheRate) {
  const double rate = GetParam().megabits * kMbit;
  Bottleneck link(rate, absl::Milliseconds(GetParam().rtt_ms));
  const absl::Duration start = link.now();
  link.Saturate(absl::Seconds(30));
  EXPECT_GE(link.RateSince(start + absl::Seconds(2)), 0.9 * rate);
  EXPECT_NEAR(link.window().rate(), rate, 0.1 * rate);
  EXPECT_LE(link.WorstQueueSince(start), absl::Milliseconds(150));
}

INSTANTIATE_TEST_SUITE_P(Links, LongTransfer,
                         testing::Values(LinkCase{5.85, 40}, LinkCase{20, 50}, LinkCase{1000, 1},
                                         LinkCase{100, 100}),
                         [](const auto& info) {
                           return fmt::format("Mbit{}Rtt{}", static_cast<int>(info.param.megabits),
                                              info.param.rtt_ms);
                         });

TEST(SendWindow, AtAVeryThinLinkAHeartbeatWaits260MsAtMost) {
  Bottleneck link(0.13 * kMbit, absl::Milliseconds(60));
  const absl::Duration start = link.now();
  link.Saturate(absl::Seconds(60));
  EXPECT_LE(link.WorstQueueSince(start + absl::Seconds(2)), absl::Milliseconds(260));
  EXPECT_GE(link.RateSince(start + absl::Seconds(2)), 0.9 * 0.13 * kMbit);
  EXPECT_EQ(link.window().chunk(), SendWindow::kMinChunk);
}

TEST(SendWindow, RecoversWhenTheRateFallsFrom20To1Mbit) {
  Bottleneck link(20 * kMbit, absl::Milliseconds(40));
  link.Saturate(absl::Seconds(10));
  link.ChangeRate(1 * kMbit);
  const absl::Duration change = link.now();
  link.Saturate(absl::Seconds(30));
  EXPECT_LE(link.WorstQueueSince(change + absl::Seconds(3)), absl::Milliseconds(150));
  EXPECT_GE(link.RateSince(change + absl::Seconds(3)), 0.9 * kMbit);
}

TEST(SendWindow, FollowsARateThatRisesFrom1To20Mbit) {
  Bottleneck link(1 * kMbit, absl::Milliseconds(40));
  link.Saturate(absl::Seconds(10));
  link.ChangeRate(20 * kMbit);
  const absl::Duration change = link.now();
  link.Saturate(absl::Seconds(30));
  EXPECT_GE(link.RateSince(change + absl::Seconds(3)), 0.9 * 20 * kMbit);
}

TEST(SendWindow, FollowsARoundTripThatBecomesTenTimesLonger) {
  Bottleneck link(20 * kMbit, absl::Milliseconds(25));
  link.Saturate(absl::Seconds(10));
  link.ChangeRoundTrip(absl::Milliseconds(250));
  const absl::Duration change = link.now();
  link.Saturate(absl::Seconds(30));
  EXPECT_GE(link.RateSince(change + absl::Seconds(5)), 0.9 * 20 * kMbit);
}

TEST(SendWindow, ASatellitesLongRoundTripIsFilled) {
  Bottleneck link(20 * kMbit, absl::Milliseconds(600));
  const absl::Duration start = link.now();
  link.Saturate(absl::Seconds(60));
  EXPECT_GE(link.RateSince(start + absl::Seconds(20)), 0.9 * 20 * kMbit);
}

TEST(SendWindow, TheBaseRoundTripDoesNotGrowWithTheQueueItMakes) {
  Bottleneck link(10 * kMbit, absl::Milliseconds(80));
  link.Saturate(absl::Minutes(5));
  EXPECT_LE(link.window().base_rtt(), absl::Milliseconds(105));  // with a chunk's own 20 ms
  EXPECT_LE(link.WorstQueueSince(absl::ZeroDuration()), absl::Milliseconds(150));
}

TEST(SendWindow, AcknowledgementsInAHeapAreNotMistakenForSpeed) {
  Bottleneck link(5 * kMbit, absl::Milliseconds(30));
  link.CompressAcks(absl::Milliseconds(60));
  link.Saturate(absl::Seconds(20));
  EXPECT_LE(link.window().rate(), 1.1 * 5 * kMbit);
  EXPECT_LE(link.WorstQueueSince(absl::ZeroDuration()), absl::Milliseconds(150));
}

TEST(SendWindow, AShapersBurstIsNotMistakenForSpeed) {
  for (const double burst : {1540., 3000., 4096.}) {
    Bottleneck link(1 * kMbit, absl::Microseconds(600));
    link.AllowBurst(burst);
    link.Saturate(absl::Seconds(20));
    EXPECT_LE(link.WorstQueueSince(absl::ZeroDuration()), absl::Milliseconds(200)) << burst;
    EXPECT_GE(link.RateSince(absl::Seconds(1005)), 0.9 * kMbit) << burst;
  }
}

TEST(SendWindow, SmallRequestsNeverLowerTheEstimate) {
  Bottleneck link(20 * kMbit, absl::Milliseconds(50));
  link.Saturate(absl::Seconds(5));
  link.SendAndPause(0, absl::Milliseconds(500));
  for (int i = 0; i < 200; ++i) {
    link.SendAndPause(3000, absl::Milliseconds(100));
  }
  EXPECT_NEAR(link.window().rate(), 20 * kMbit, 2 * kMbit);
}

TEST(SendWindow, RequestsBelowTheWindowMeasureTheLinkByTheReceiversClock) {
  Bottleneck link(100 * kMbit, absl::Milliseconds(20));
  for (int i = 0; i < 100; ++i) {
    link.SendAndPause(100'000, absl::Milliseconds(50));
  }
  EXPECT_NEAR(link.window().receiver_rate(), 100 * kMbit, 10 * kMbit);
  link.ChangeRate(40 * kMbit);
  for (int i = 0; i < 100; ++i) {
    link.SendAndPause(100'000, absl::Milliseconds(50));
  }
  EXPECT_NEAR(link.window().receiver_rate(), 40 * kMbit, 4 * kMbit);
}

TEST(SendWindow, HalvesAfterALongPauseAndKeepsItsEstimates) {
  Bottleneck link(20 * kMbit, absl::Milliseconds(50));
  link.Saturate(absl::Seconds(5));
  link.SendAndPause(0, absl::Seconds(9));
  const uint64_t window = link.window().window();
  const double rate = link.window().rate();
  link.window().OnSend(link.now(), 1000);
  EXPECT_EQ(link.window().window(), window);
  ASSERT_TRUE(link.window().OnAck(link.now(), {link.window().sent(), 0}).ok());
  link.window().OnSend(link.now() + absl::Seconds(11), 1000);
  EXPECT_LE(link.window().window(), (window + 1000) / 2);
  EXPECT_DOUBLE_EQ(link.window().rate(), rate);
}

TEST(SendWindow, OneChunkMayGoWhenNothingIsOnItsWay) {
  SendWindow window;
  EXPECT_TRUE(window.CanSend(SendWindow::kMaximum + 1));
  window.OnSend(absl::ZeroDuration(), SendWindow::kInitial - 1);
  EXPECT_TRUE(window.CanSend(1));
  EXPECT_FALSE(window.CanSend(2));
}

TEST(SendWindow, WhatTheLinkHadToCarrySinceTheOldestChunkIncludesWhatWasBeforeIt) {
  SendWindow window;
  EXPECT_EQ(window.since_oldest(), 0U);
  window.OnSend(absl::Seconds(1), 1000);
  window.OnSend(absl::Seconds(1), 10);
  ASSERT_TRUE(window.OnAck(absl::Seconds(2), {1000, 5}).ok());
  EXPECT_EQ(window.in_flight(), 10U);
  EXPECT_EQ(window.since_oldest(), 1010U);
  ASSERT_TRUE(window.OnAck(absl::Seconds(3), {1010, 6}).ok());
  EXPECT_EQ(window.since_oldest(), 0U);
}

TEST(SendWindow, AnAcknowledgementOfWhatWasNotSentIsDataLoss) {
  SendWindow window;
  window.OnSend(absl::Seconds(1), 100);
  const absl::Status status = window.OnAck(absl::Seconds(2), {101, 5});
  EXPECT_EQ(status.code(), absl::StatusCode::kDataLoss);
  EXPECT_EQ(status.message(), "the peer acknowledges 101 bytes of chunks, 100 were sent");
  EXPECT_EQ(window.acknowledged(), 0);
}

TEST(SendWindow, AnOldAcknowledgementIsIgnored) {
  SendWindow window;
  window.OnSend(absl::Seconds(1), 100);
  ASSERT_TRUE(window.OnAck(absl::Seconds(2), {60, 5}).ok());
  ASSERT_TRUE(window.OnAck(absl::Seconds(3), {50, 6}).ok());
  EXPECT_EQ(window.acknowledged(), 60);
  EXPECT_EQ(window.in_flight(), 40);
}

TEST(SendWindow, AReceiversClockThatRunsBackwardsIsSurvived) {
  SendWindow window;
  for (int i = 1; i <= 100; ++i) {
    window.OnSend(absl::Milliseconds(10 * i), 1000);
    const uint64_t clock = i % 2 == 0 ? UINT64_MAX : 0;
    ASSERT_TRUE(window.OnAck(absl::Milliseconds(10 * i + 5), {window.sent(), clock}).ok());
  }
  EXPECT_LE(window.window(), SendWindow::kMaximum);
  EXPECT_TRUE(window.CanSend(1));
}

TEST(SendWindow, ResetForgetsEverything) {
  Bottleneck link(20 * kMbit, absl::Milliseconds(50));
  link.Saturate(absl::Seconds(5));
  link.window().Reset();
  EXPECT_EQ(link.window().in_flight(), 0);
  EXPECT_EQ(link.window().window(), SendWindow::kInitial);
  EXPECT_EQ(link.window().rate(), 0);
}

TEST(WindowedMax, ForgetsAfterItsSpan) {
  WindowedMax filter;
  filter.Add(absl::Seconds(0), absl::Seconds(2), 5);
  filter.Add(absl::Seconds(1), absl::Seconds(2), 3);
  EXPECT_EQ(filter.value(), 5);
  filter.Add(absl::Seconds(2.5), absl::Seconds(2), 1);
  EXPECT_EQ(filter.value(), 3);
  filter.Add(absl::Seconds(2.6), absl::Seconds(2), 4);
  EXPECT_EQ(filter.value(), 4);
}

}  // namespace
}  // namespace tideline
