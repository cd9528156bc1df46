#include <algorithm>
#include <functional>
#include <map>
#include <string>
#include <vector>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "tests/protocol/client/session_fixture.h"

namespace tideline {
namespace {

using testing::HasSubstr;

TEST_F(SessionTest, TellsWhatTheTrafficSaysOfTheLink) {
  Connect();
  std::map<LinkSample::Kind, std::vector<LinkSample>> samples;
  session_->OnLinkSample([&](const LinkSample& sample) { samples[sample.kind].push_back(sample); });
  ASSERT_TRUE(Ask(Make(Pattern(1000, 1))).ok());
  ASSERT_EQ(samples[LinkSample::Kind::kAcknowledged].size(), 1);
  EXPECT_EQ(samples[LinkSample::Kind::kAcknowledged][0].bytes, 1000);
  ASSERT_TRUE(RunUntil([&] { return !samples[LinkSample::Kind::kRoundTrip].empty(); }));
  EXPECT_GT(samples[LinkSample::Kind::kRoundTrip][0].taken, absl::ZeroDuration());
  cloud_->silent = true;
  session_->Submit(Make("unheard"), [](const absl::StatusOr<Reply>&) {});
  ASSERT_TRUE(RunUntil([&] { return !samples[LinkSample::Kind::kUnacknowledged].empty(); }));
  EXPECT_EQ(samples[LinkSample::Kind::kUnacknowledged][0].bytes, 7);
}

TEST_F(SessionTest, TellsForHowLongAHeartbeatHasHadNoAnswer) {
  Connect();
  cloud_->silent = true;
  std::vector<absl::Duration> silences;
  session_->OnLinkSample([&](const LinkSample& sample) {
    if (sample.kind == LinkSample::Kind::kSilence) {
      silences.push_back(sample.taken);
    }
  });
  ASSERT_TRUE(RunUntil([&] { return silences.size() >= 3; }));
  EXPECT_TRUE(std::ranges::is_sorted(silences));
}

TEST_F(SessionTest, ARefusalForLoadSaysWhenToComeBack) {
  Connect();
  cloud_->on_request = [&](const wire::Request& request) {
    cloud_->Send(wire::Refusal{.request = request.id,
                               .code = static_cast<uint8_t>(absl::StatusCode::kResourceExhausted),
                               .retry_after_ms = 70,
                               .reason = "queue of 5 requests is full"});
    return true;
  };
  const absl::Status status = Ask(Make("x")).status();
  EXPECT_EQ(status.code(), absl::StatusCode::kResourceExhausted);
  EXPECT_THAT(std::string(status.message()), HasSubstr("queue of 5 requests is full"));
  EXPECT_THAT(std::string(status.message()), HasSubstr("retry_after 70 ms"));
  EXPECT_EQ(session_->state(), LinkState::kReady);
}

TEST_F(SessionTest, MalformedFramesEndTheSessionAndItIsMadeAnew) {
  Connect();
  const std::vector<std::function<void()>> nonsense = {
      [&] { cloud_->SendRaw("this is no header"); },
      [&] { cloud_->Send(wire::Cancel{5}); },
      [&] { cloud_->Send(wire::Ack{.bytes = 999'999'999, .received_us = 1}); },
      [&] { cloud_->Send(wire::Chunk{.request = 77, .crc32 = 1}, Bytes::Own("abc")); },
  };
  for (const auto& send : nonsense) {
    const size_t hellos = cloud_->hellos.size();
    send();
    ASSERT_TRUE(RunUntil([&] { return session_->state() == LinkState::kAway; }));
    ASSERT_TRUE(RunUntil([&] { return session_->state() == LinkState::kReady; }));
    EXPECT_GT(cloud_->hellos.size(), hellos);
    EXPECT_TRUE(Ask(Make("x")).ok());
  }
}

TEST_F(SessionTest, ADamagedResultFailsItsRequestAlone) {
  Connect();
  cloud_->answers = false;
  absl::Status first;
  const uint64_t id =
      session_->Submit(Make("abcd"), [&](absl::StatusOr<Reply> reply) { first = reply.status(); });
  ASSERT_TRUE(RunUntil([&] { return !cloud_->requests.empty(); }));
  cloud_->Send(wire::Result{.request = id, .tensors = cloud_->requests[0].tensors});
  cloud_->Send(wire::Chunk{.request = id, .crc32 = 12345}, Bytes::Own("abcd"));
  ASSERT_TRUE(RunUntil([&] { return !first.ok(); }));
  EXPECT_EQ(first.code(), absl::StatusCode::kDataLoss);
  EXPECT_EQ(session_->state(), LinkState::kReady);
  cloud_->answers = true;
  EXPECT_TRUE(Ask(Make("x")).ok());
}

TEST_F(SessionTest, AResultOverTheEdgesLimitIsRefusedBeforeItsBytes) {
  options_.max_tensor = 100;
  Connect();
  const absl::Status status = Ask(Make(Pattern(101, 1))).status();
  EXPECT_EQ(status.code(), absl::StatusCode::kResourceExhausted);
  EXPECT_THAT(std::string(status.message()), HasSubstr("101 bytes, max_tensor is 100"));
  EXPECT_TRUE(Ask(Make(Pattern(100, 1))).ok());
}

TEST_F(SessionTest, AnEmptyResultIsAnAnswer) {
  Connect();
  cloud_->on_request = [&](const wire::Request& request) {
    EncodedTensor empty = request.tensors[0];
    empty.shape = {0, 4};
    empty.strides = {4, 1};
    empty.encoded_bytes = 0;
    cloud_->Send(wire::Result{.request = request.id, .tensors = {empty}});
    return true;
  };
  const auto reply = Ask(Make("x"));
  ASSERT_TRUE(reply.ok()) << reply.status();
  EXPECT_EQ(reply->encoded[0].size(), 0);
}

TEST_F(SessionTest, HeartbeatsMeasureTheRoundTripAndTheQueue) {
  Connect();
  ASSERT_TRUE(RunUntil([&] { return cloud_->heartbeats > 3; }));
  EXPECT_LT(session_->statistics().rtt, absl::InfiniteDuration());
  EXPECT_EQ(session_->statistics().queue_us, 1234);
  const int before = cloud_->heartbeats;
  cloud_->Send(wire::Heartbeat{.sent_us = 42});
  ASSERT_TRUE(RunUntil([&] { return cloud_->heartbeats > before; }));
  EXPECT_EQ(session_->state(), LinkState::kReady);
}
}  // namespace
}  // namespace tideline
