#include "tests/lab/pipe.h"

#include <algorithm>
#include <cmath>
#include <string>
#include <vector>

#include "gmock/gmock.h"
#include "gtest/gtest.h"

namespace tideline::lab {
namespace {

using ::testing::ElementsAre;

MonotonicTime Ms(double milliseconds) { return absl::Milliseconds(milliseconds); }

PipeSettings AtRate(double bits_per_second) {
  PipeSettings settings;
  settings.rate = BitRate{bits_per_second};
  return settings;
}

PipeSettings OnTrace(std::string_view text) {
  PipeSettings settings;
  settings.trace = *Trace::Parse(text);
  return settings;
}

// A Pipe and what came out of it, each packet when it was due.
class PipeTest : public testing::Test {
 protected:
  void Start(PipeSettings settings, uint64_t seed = 1) {
    pipe_.emplace(std::move(settings), seed, absl::ZeroDuration());
  }
  bool Push(MonotonicTime now, int64_t bytes) { return pipe_->Push(now, next_++, bytes); }

  // Takes everything that arrives until `end`, at the times that Next gives.
  void RunUntil(MonotonicTime end) {
    while (pipe_->Next() <= end) {
      const MonotonicTime now = pipe_->Next();
      while (const auto arrival = pipe_->Pop(now)) {
        EXPECT_LE(arrival->due, now);
        if (!arrival->lost) {
          packets_.push_back(arrival->packet);
          times_.push_back(absl::ToDoubleMilliseconds(arrival->due));
        }
      }
    }
  }
  void Finish() { RunUntil(absl::Hours(1000)); }

  std::optional<Pipe> pipe_;
  uint32_t next_ = 0;
  std::vector<uint32_t> packets_;
  std::vector<double> times_;  // milliseconds
};

TEST_F(PipeTest, WithoutLimitsAPacketArrivesAtOnce) {
  Start({});
  Push(Ms(5), 1500);
  EXPECT_EQ(pipe_->Next(), Ms(5));
  Finish();
  EXPECT_THAT(times_, ElementsAre(5));
  EXPECT_EQ(pipe_->Next(), absl::InfiniteDuration());
}

TEST_F(PipeTest, PacketsPassOneAfterTheOtherAtTheRate) {
  Start(AtRate(12e6));  // 1500 bytes a millisecond
  Push(Ms(0), 1500);
  Push(Ms(0), 750);
  Push(Ms(10), 1500);
  Finish();
  EXPECT_THAT(times_, ElementsAre(1, 1.5, 11));
}

TEST_F(PipeTest, TheDelayIsAddedAfterTheBottleneck) {
  PipeSettings settings = AtRate(12e6);
  settings.delay = Ms(25);
  Start(settings);
  Push(Ms(0), 1500);
  Push(Ms(0), 1500);
  Finish();
  EXPECT_THAT(times_, ElementsAre(26, 27));
}

TEST_F(PipeTest, HowLateItIsCalledChangesNothing) {
  PipeSettings settings = AtRate(12e6);
  settings.delay = Ms(25);
  Start(settings);
  Push(Ms(0), 1500);
  Push(Ms(0), 1500);
  std::vector<MonotonicTime> due;
  while (const auto arrival = pipe_->Pop(Ms(500))) {
    due.push_back(arrival->due);
  }
  EXPECT_THAT(due, ElementsAre(Ms(26), Ms(27)));
}

TEST_F(PipeTest, AFullQueueRefuses) {
  PipeSettings settings = AtRate(12e6);
  settings.queue_bytes = ByteCount{3000};
  Start(settings);
  EXPECT_TRUE(Push(Ms(0), 1500));
  EXPECT_TRUE(Push(Ms(0), 1500));
  EXPECT_FALSE(pipe_->HasRoom(Ms(0), 1));
  EXPECT_FALSE(Push(Ms(0), 1));
  EXPECT_TRUE(Push(Ms(1), 1500));
  Finish();
  EXPECT_EQ(pipe_->stats().packets_in, 4);
  EXPECT_EQ(pipe_->stats().packets_out, 3);
  EXPECT_EQ(pipe_->stats().bytes_out, 4500);
  EXPECT_EQ(pipe_->stats().queue_full, 1);
}

TEST_F(PipeTest, APacketLargerThanTheQueuePassesAlone) {
  PipeSettings settings = AtRate(12e6);
  settings.queue_bytes = ByteCount{100};
  Start(settings);
  EXPECT_TRUE(Push(Ms(0), 1500));
  Finish();
  EXPECT_THAT(times_, ElementsAre(1));
}

TEST_F(PipeTest, ARateThatChangesCountsWhatWasSentAlready) {
  Start(AtRate(12e6));
  Push(Ms(0), 1500);
  Push(Ms(0), 1500);
  pipe_->Change(Ms(0.5), AtRate(6e6));  // half of the first is sent
  Finish();
  EXPECT_THAT(times_, ElementsAre(1.5, 3.5));
}

TEST_F(PipeTest, ManySmallChangesLoseNothing) {
  Start(AtRate(12e6));
  for (int i = 0; i < 10; ++i) {
    Push(Ms(0), 1500);
  }
  for (int i = 1; i <= 70; ++i) {
    pipe_->Change(Ms(0.1 * i), AtRate(i % 2 == 0 ? 12e6 : 6e6));
  }
  Finish();
  // From 0.1 ms on the rate is half and whole in turn.
  EXPECT_EQ(times_.size(), 10);
  EXPECT_NEAR(times_.back(), 7 + (15000 - (150 + 34 * 150 + 35 * 75)) / 1500.0, 1e-6);
}

TEST_F(PipeTest, AtRateZeroPacketsWait) {
  Start(AtRate(0));
  Push(Ms(0), 1500);
  EXPECT_EQ(pipe_->Next(), absl::InfiniteDuration());
  pipe_->Change(Ms(100), AtRate(12e6));
  Finish();
  EXPECT_THAT(times_, ElementsAre(101));
}

TEST_F(PipeTest, PacketsThatFlyKeepTheirDelayAndTheirOrder) {
  PipeSettings slow;
  slow.delay = Ms(100);
  Start(slow);
  Push(Ms(0), 100);
  pipe_->Change(Ms(10), PipeSettings{});
  Push(Ms(10), 100);
  Finish();
  EXPECT_THAT(packets_, ElementsAre(0, 1));
  EXPECT_THAT(times_, ElementsAre(100, 100));
}

TEST_F(PipeTest, WhatPassesABlockedLinkIsLost) {
  Start(AtRate(12e6));
  Push(Ms(0), 1500);
  Push(Ms(0), 1500);
  PipeSettings blocked = AtRate(12e6);
  blocked.blocked = true;
  pipe_->Change(Ms(1.5), blocked);
  Push(Ms(1.5), 1500);
  RunUntil(Ms(10));
  pipe_->Change(Ms(10), AtRate(12e6));
  Push(Ms(10), 1500);
  Finish();
  EXPECT_THAT(packets_, ElementsAre(0, 3));
  EXPECT_EQ(pipe_->stats().lost, 2);
}

TEST_F(PipeTest, JitterSpreadsEvenlyAndKeepsTheOrder) {
  PipeSettings settings;
  settings.delay = Ms(20);
  settings.jitter = Ms(5);
  Start(settings);
  constexpr int kPackets = 4000;
  for (int i = 0; i < kPackets; ++i) {
    Push(Ms(20 * i), 100);  // too far apart to hold each other up
  }
  Finish();
  ASSERT_EQ(times_.size(), kPackets);
  double sum = 0, squares = 0;
  for (int i = 0; i < kPackets; ++i) {
    const double delay = times_[i] - 20 * i;
    EXPECT_GE(delay, 15);
    EXPECT_LE(delay, 25);
    sum += delay;
    squares += (delay - 20) * (delay - 20);
  }
  EXPECT_NEAR(sum / kPackets, 20, 0.2);
  EXPECT_NEAR(std::sqrt(squares / kPackets), 5 / std::sqrt(3), 0.1);
  EXPECT_TRUE(std::is_sorted(packets_.begin(), packets_.end()));
}

TEST_F(PipeTest, LossIsTheShareThatWasAsked) {
  PipeSettings settings;
  settings.loss = Fraction{0.02};
  Start(settings);
  constexpr int kPackets = 50000;
  for (int i = 0; i < kPackets; ++i) {
    Push(Ms(i), 100);
  }
  Finish();
  const double sigma = std::sqrt(kPackets * 0.02 * 0.98);
  EXPECT_NEAR(static_cast<double>(pipe_->stats().lost), 0.02 * kPackets, 3.5 * sigma);
  EXPECT_EQ(pipe_->stats().packets_out + pipe_->stats().lost, kPackets);
}

TEST_F(PipeTest, ReorderedPacketsSkipTheDelay) {
  PipeSettings settings;
  settings.delay = Ms(50);
  settings.reorder = Fraction{0.1};
  Start(settings);
  constexpr int kPackets = 5000;
  for (int i = 0; i < kPackets; ++i) {
    Push(Ms(i), 100);
  }
  Finish();
  int early = 0;
  for (size_t i = 0; i < packets_.size(); ++i) {
    const double delay = times_[i] - packets_[i];
    EXPECT_TRUE(delay == 0 || std::abs(delay - 50) < 1e-6) << delay;
    early += delay == 0;
  }
  EXPECT_EQ(packets_.size(), kPackets);
  EXPECT_NEAR(early, 0.1 * kPackets, 3.5 * std::sqrt(kPackets * 0.09));
  EXPECT_FALSE(std::is_sorted(packets_.begin(), packets_.end()));
}

TEST_F(PipeTest, TheSameSeedGivesTheSameTimes) {
  PipeSettings settings = AtRate(1e6);
  settings.delay = settings.jitter = Ms(10);
  settings.loss = Fraction{0.2};
  const auto run = [&](uint64_t seed) {
    times_.clear();
    Start(settings, seed);
    for (int i = 0; i < 100; ++i) {
      Push(Ms(3 * i), 200);
    }
    Finish();
    return times_;
  };
  const auto first = run(7);
  EXPECT_EQ(first, run(7));
  EXPECT_NE(first, run(8));
}

TEST_F(PipeTest, ATraceSendsItsBytesAtItsTimes) {
  Start(OnTrace("1\n2\n2\n10\n"));
  Push(Ms(0), 1000);
  Push(Ms(0), 1000);  // 500 bytes at 1 ms, 500 at 2 ms
  Push(Ms(0), 1500);  // the other 1000 at 2 ms and 500 of the second 1500
  Push(Ms(0), 1001);  // 1000 at 2 ms, 1 at 10 ms
  Finish();
  EXPECT_THAT(times_, ElementsAre(1, 2, 2, 10));
}

TEST_F(PipeTest, AnOpportunityThatFindsNothingIsGone) {
  Start(OnTrace("1\n2\n10\n"));
  Push(Ms(0), 100);
  Push(Ms(1.5), 1500);  // what the first left of 1 ms is gone
  Push(Ms(3), 100);     // 2 ms is full, and gone
  Finish();
  EXPECT_THAT(times_, ElementsAre(1, 2, 10));
}

TEST_F(PipeTest, ATraceRepeats) {
  Start(OnTrace("4\n10\n"));
  Push(Ms(1005), 1500);
  Push(Ms(1005), 1500);
  Finish();
  EXPECT_THAT(times_, ElementsAre(1010, 1014));
}

TEST_F(PipeTest, AFullTraceDeliversExactlyItsBytes) {
  PipeSettings settings = OnTrace("3\n3\n4\n9\n17\n17\n20\n");
  settings.queue_bytes = ByteCount{1 << 30};
  Start(settings);
  for (int i = 0; i < 20000; ++i) {
    Push(Ms(0), 40 + i * 37 % 1461);
  }
  RunUntil(Ms(20 * 1000));
  // 7 opportunities in each of 1000 periods; the packet under way is not counted.
  EXPECT_LE(pipe_->stats().bytes_out, 7 * 1000 * 1500);
  EXPECT_GT(pipe_->stats().bytes_out, 7 * 1000 * 1500 - 1500);
}

TEST_F(PipeTest, ATraceThatIsNewBeginsNowAndKeepsWhatIsHalfSent) {
  Start(OnTrace("2\n100\n"));
  Push(Ms(0), 2000);  // 1500 at 2 ms
  pipe_->Change(Ms(50), OnTrace("7\n8\n"));
  Finish();
  EXPECT_THAT(times_, ElementsAre(57));
}

TEST_F(PipeTest, OtherChangesLeaveTheTraceWhereItIs) {
  PipeSettings settings = OnTrace("2\n100\n");
  Start(settings);
  Push(Ms(0), 2000);
  settings.delay = Ms(5);
  pipe_->Change(Ms(50), settings);
  Finish();
  EXPECT_THAT(times_, ElementsAre(105));
}

TEST_F(PipeTest, FromATraceToARateAndBack) {
  Start(OnTrace("2\n100\n"));
  Push(Ms(0), 3000);  // 1500 at 2 ms
  pipe_->Change(Ms(10), AtRate(6e6));
  pipe_->Change(Ms(11), OnTrace("1\n1000\n"));  // 750 more were sent
  Finish();
  EXPECT_THAT(times_, ElementsAre(12));
}

}  // namespace
}  // namespace tideline::lab
