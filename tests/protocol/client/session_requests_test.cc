#include <string>
#include <utility>
#include <vector>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "protocol/transport/shaping.h"
#include "tests/protocol/client/session_fixture.h"

namespace tideline {
namespace {

using testing::HasSubstr;

TEST_F(SessionTest, ARequestComesBackWithItsTensors) {
  Connect();
  const std::string content = Pattern(300'000, 1);
  const auto reply = Ask(Make(content));
  ASSERT_TRUE(reply.ok()) << reply.status();
  ASSERT_EQ(reply->encoded.size(), 1);
  EXPECT_EQ(Text(reply->encoded[0]), content);
  EXPECT_EQ(reply->tensors[0].shape, Shape{300'000});
  EXPECT_TRUE(reply->timing.tensors.empty());
  EXPECT_EQ(reply->bytes_up, 300'000);
  EXPECT_GT(reply->round_trip, absl::ZeroDuration());
  EXPECT_EQ(cloud_->requests[0].budget_ms, 0);
  EXPECT_GT(session_->statistics().bytes_up, 300'000);
  EXPECT_GT(session_->statistics().bytes_down, 300'000);
}

TEST_F(SessionTest, AThousandInterleavedRequestsAreEachAnsweredOnceWithTheirOwnBytes) {
  Connect();
  constexpr int kRequests = 1000;
  std::vector<int> answers(kRequests);
  int done = 0;
  for (int i = 0; i < kRequests; ++i) {
    const size_t size = 1 + (static_cast<size_t>(i) * 7919) % 9000;
    session_->Submit(Make(Pattern(size, i)), [&, i, size](absl::StatusOr<Reply> reply) {
      ++answers[i];
      ++done;
      ASSERT_TRUE(reply.ok()) << reply.status();
      EXPECT_EQ(Text(reply->encoded[0]), Pattern(size, i));
    });
  }
  ASSERT_TRUE(RunUntil([&] { return done == kRequests; }));
  EXPECT_EQ(answers, std::vector<int>(kRequests, 1));
}

TEST_F(SessionTest, SubmissionsBeforeTheWelcomeAreUnavailable) {
  StartSession();
  EXPECT_EQ(Ask(Make("x")).status().code(), absl::StatusCode::kUnavailable);
}

TEST_F(SessionTest, WhatTheCloudWouldNotTakeIsRefusedHereWithBothSides) {
  StartCloud();
  cloud_->edit_welcome = [](wire::Welcome& welcome) {
    welcome.max_tensor = 1000;
    welcome.max_inflight = 1500;
  };
  StartSession();
  ASSERT_TRUE(RunUntil([&] { return session_->state() == LinkState::kReady; }));
  absl::Status status = Ask(Make(Pattern(1001, 1))).status();
  EXPECT_EQ(status.code(), absl::StatusCode::kResourceExhausted);
  EXPECT_THAT(std::string(status.message()), HasSubstr("is 1001 bytes, the cloud accepts 1000"));

  cloud_->answers = false;
  session_->Submit(Make(Pattern(900, 1)), nullptr);
  status = Ask(Make(Pattern(700, 1))).status();
  EXPECT_EQ(status.code(), absl::StatusCode::kResourceExhausted);
  EXPECT_THAT(std::string(status.message()),
              HasSubstr("700 bytes and 900 wait for answers, the cloud accepts 1500"));
  EXPECT_EQ(cloud_->requests.size(), 1);
}

TEST_F(SessionTest, AnEncodingThatDiffersFromItsAnnouncementIsRefused) {
  Connect();
  Submission submission = Make("abcd");
  submission.tensors[0].encoded_bytes = 5;
  EXPECT_EQ(Ask(std::move(submission)).status().code(), absl::StatusCode::kInvalidArgument);
  submission = Make("abcd");
  submission.encoded.clear();
  EXPECT_EQ(Ask(std::move(submission)).status().code(), absl::StatusCode::kInvalidArgument);
}

TEST_F(SessionTest, ABudgetThatRunsOutCancelsOnTheCloud) {
  Connect();
  cloud_->answers = false;
  const absl::Status status = Ask(Make("x", absl::Milliseconds(30))).status();
  EXPECT_EQ(status.code(), absl::StatusCode::kDeadlineExceeded);
  EXPECT_EQ(cloud_->requests[0].budget_ms, 30);
  ASSERT_TRUE(RunUntil([&] { return !cloud_->cancels.empty(); }));
  EXPECT_EQ(cloud_->cancels[0], cloud_->requests[0].id);
  EXPECT_EQ(Ask(Make("x", absl::ZeroDuration())).status().code(),
            absl::StatusCode::kDeadlineExceeded);
}

TEST_F(SessionTest, CancelAnswersWithCancelledAndALateResultIsIgnored) {
  Connect();
  cloud_->answers = false;
  int calls = 0;
  absl::Status status;
  const uint64_t id = session_->Submit(Make("abc"), [&](absl::StatusOr<Reply> reply) {
    ++calls;
    status = reply.status();
  });
  ASSERT_TRUE(RunUntil([&] { return !cloud_->requests.empty(); }));
  session_->Cancel(id);
  EXPECT_EQ(calls, 0);  // never inside Cancel
  ASSERT_TRUE(RunUntil([&] { return !cloud_->cancels.empty(); }));
  EXPECT_EQ(status.code(), absl::StatusCode::kCancelled);
  cloud_->Answer(id, cloud_->requests[0].tensors, {Bytes::Own("abc")});
  cloud_->answers = true;
  EXPECT_TRUE(Ask(Make("def")).ok());
  EXPECT_EQ(calls, 1);
  EXPECT_EQ(cloud_->hellos.size(), 1);
  session_->Cancel(id);
  session_->Cancel(12345);
}

TEST_F(SessionTest, ACancelledRequestFreesAThinLinkForTheNextOne) {
  StartCloud();
  StartSession([&](std::unique_ptr<Transport> inner) {
    return std::make_unique<ShapingTransport>(
        io_, std::move(inner),
        ShapingOptions{.bits_per_second = 4e6, .delay = absl::Milliseconds(5)});
  });
  Submission submission = Make(std::string(20'000'000, 'x'));
  ASSERT_TRUE(RunUntil([&] { return session_->state() == LinkState::kReady; }));
  const uint64_t large = session_->Submit(std::move(submission), nullptr);
  const int heartbeats = cloud_->heartbeats;
  ASSERT_TRUE(RunUntil([&] { return cloud_->heartbeats > heartbeats + 10; }));
  session_->Cancel(large);
  EXPECT_TRUE(Ask(Make("x")).ok());
  EXPECT_LT(session_->statistics().bytes_up, 10'000'000);
}

TEST_F(SessionTest, WhatIsNotSentInTimeIsCutShortAndAnsweredFromWhatCame) {
  StartCloud();
  StartSession([&](std::unique_ptr<Transport> inner) {
    return std::make_unique<ShapingTransport>(
        io_, std::move(inner),
        ShapingOptions{.bits_per_second = 4e6, .delay = absl::Milliseconds(5)});
  });
  ASSERT_TRUE(RunUntil([&] { return session_->state() == LinkState::kReady; }));
  const std::string content = Pattern(20'000'000, 1);  // 40 s at that rate
  Submission submission = Make(content);
  submission.arrive_within = absl::Seconds(2);
  const absl::StatusOr<Reply> reply = Ask(std::move(submission));
  ASSERT_TRUE(reply.ok()) << reply.status();
  ASSERT_EQ(cloud_->ends.size(), 1);
  EXPECT_EQ(cloud_->ends[0].bytes, std::vector<uint64_t>{reply->bytes_up});
  EXPECT_GT(reply->bytes_up, 0);
  EXPECT_LT(reply->bytes_up, content.size());
  EXPECT_EQ(Text(reply->encoded[0]), content.substr(0, reply->bytes_up));
}

TEST_F(SessionTest, WhatIsSentInTimeIsNotCutShort) {
  Connect();
  Submission submission = Make("all of it");
  submission.arrive_within = absl::Seconds(100);
  EXPECT_EQ(Text(Ask(std::move(submission))->encoded[0]), "all of it");
  EXPECT_TRUE(cloud_->ends.empty());
}
}  // namespace
}  // namespace tideline
