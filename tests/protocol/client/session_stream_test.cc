#include <optional>
#include <string>
#include <utility>
#include <vector>

#include <gtest/gtest.h>

#include "tests/protocol/client/session_fixture.h"

namespace tideline {
namespace {

// A request that is sent while it is encoded.
class BegunTest : public SessionTest {
 protected:
  // Of one tensor for each bound.
  uint64_t Begin(const std::vector<uint64_t>& bounds,
                 absl::Duration arrive_within = absl::InfiniteDuration()) {
    Submission submission;
    submission.cut = "features.3";
    for (const uint64_t bound : bounds) {
      submission.tensors.push_back({.dtype = DType::kUInt8,
                                    .shape = {static_cast<int64_t>(bound)},
                                    .strides = {1},
                                    .codec = {Quantizer::kFp32, Level::kStored},
                                    .encoded_bytes = bound});
    }
    submission.arrive_within = arrive_within;
    return session_->Begin(std::move(submission),
                           [this](absl::StatusOr<Reply> reply) { answer_ = std::move(reply); });
  }
  bool Extend(uint64_t id, const std::string& bytes, size_t tensor = 0) {
    return session_->Extend(id, tensor, Bytes::Own(bytes));
  }
  absl::StatusCode WaitForAnswer() {
    EXPECT_TRUE(RunUntil([this] { return answer_.has_value(); }));
    return answer_.has_value() ? answer_->status().code() : absl::StatusCode::kInternal;
  }

  std::optional<absl::StatusOr<Reply>> answer_;
};

TEST_F(BegunTest, TheFirstBytesAreInTheCloudBeforeTheEncoderHasMadeTheLast) {
  Connect();
  const uint64_t id = Begin({100'000, 100'000});
  ASSERT_TRUE(Extend(id, Pattern(10'000, 1)));
  ASSERT_TRUE(RunUntil([&] { return cloud_->received == 10'000; }));  // the encoder waits for it
  ASSERT_TRUE(Extend(id, Pattern(20'000, 2)));
  ASSERT_TRUE(Extend(id, Pattern(3'000, 3), 1));
  EXPECT_TRUE(cloud_->ends.empty());
  session_->Close(id);
  ASSERT_EQ(WaitForAnswer(), absl::StatusCode::kOk);
  ASSERT_EQ(cloud_->ends.size(), 1);
  EXPECT_EQ(cloud_->ends[0].bytes, (std::vector<uint64_t>{30'000, 3'000}));
  EXPECT_EQ(cloud_->ends[0].cut_short, 0);
  EXPECT_EQ(Text((*answer_)->encoded[0]), Pattern(10'000, 1) + Pattern(20'000, 2));
  EXPECT_EQ(Text((*answer_)->encoded[1]), Pattern(3'000, 3));
  EXPECT_EQ((*answer_)->bytes_up, 33'000);
  EXPECT_GT((*answer_)->encoding, absl::ZeroDuration());
  EXPECT_TRUE(cloud_->requests[0].open);
}

TEST_F(BegunTest, WhatIsSubmittedBehindItGoesFirstWhereTheEncoderIsSlow) {
  Connect();
  const uint64_t id = Begin({100'000});
  EXPECT_TRUE(Ask(Make("at once")).ok());
  ASSERT_TRUE(Extend(id, "later"));
  session_->Close(id);
  EXPECT_EQ(WaitForAnswer(), absl::StatusCode::kOk);
}

TEST_F(BegunTest, ACloudOfAnOlderVersionIsNotAskedFor) {
  StartCloud();
  cloud_->edit_welcome = [](wire::Welcome& welcome) { welcome.protocol = 2; };
  StartSession();
  ASSERT_TRUE(RunUntil([&] { return session_->state() == LinkState::kReady; }));
  EXPECT_FALSE(session_->CanBegin());
  const uint64_t id = Begin({100});
  EXPECT_FALSE(Extend(id, "x"));
  EXPECT_EQ(WaitForAnswer(), absl::StatusCode::kFailedPrecondition);
  EXPECT_TRUE(Ask(Make("whole")).ok());
  EXPECT_EQ(cloud_->requests.size(), 1);
  EXPECT_FALSE(cloud_->requests[0].open);
}

TEST_F(BegunTest, CancelInTheMiddleTellsTheCloudAndEndsTheEncoder) {
  Connect();
  const uint64_t id = Begin({100'000});
  ASSERT_TRUE(Extend(id, Pattern(10'000, 1)));
  session_->Cancel(id);
  EXPECT_FALSE(Extend(id, "more"));
  session_->Close(id);
  EXPECT_EQ(WaitForAnswer(), absl::StatusCode::kCancelled);
  ASSERT_TRUE(RunUntil([&] { return !cloud_->cancels.empty(); }));
  EXPECT_TRUE(cloud_->ends.empty());
  EXPECT_TRUE(Ask(Make("the next one")).ok());
}

TEST_F(BegunTest, ARefusalInTheMiddleEndsTheEncoder) {
  Connect();
  cloud_->on_request = [&](const wire::Request& request) {
    cloud_->Refuse(request.id, absl::StatusCode::kResourceExhausted, "full");
    return true;
  };
  const uint64_t id = Begin({100'000});
  EXPECT_EQ(WaitForAnswer(), absl::StatusCode::kResourceExhausted);
  EXPECT_FALSE(Extend(id, "more"));
}

TEST_F(BegunTest, MoreThanWasAnnouncedFailsOnBothSides) {
  Connect();
  const uint64_t id = Begin({10, 10});
  ASSERT_TRUE(Extend(id, "0123456789"));
  EXPECT_FALSE(Extend(id, "x"));
  EXPECT_EQ(WaitForAnswer(), absl::StatusCode::kInvalidArgument);
  ASSERT_TRUE(RunUntil([&] { return !cloud_->cancels.empty(); }));
}

TEST_F(BegunTest, WhatIsCutShortTakesNoMoreBytes) {
  Connect();
  const uint64_t id = Begin({100'000}, /*arrive_within=*/absl::Milliseconds(5));
  Extend(id, Pattern(1'000, 1));
  ASSERT_TRUE(RunUntil([&] { return !cloud_->ends.empty(); }));
  EXPECT_EQ(cloud_->ends[0].cut_short, 1);
  EXPECT_FALSE(Extend(id, "more"));
  session_->Close(id);
  EXPECT_EQ(WaitForAnswer(), absl::StatusCode::kOk);
  EXPECT_EQ((*answer_)->bytes_up, cloud_->ends[0].bytes[0]);
}

TEST_F(BegunTest, ItsBoundCountsUntilItIsClosed) {
  StartCloud();
  cloud_->edit_welcome = [](wire::Welcome& welcome) { welcome.max_inflight = 1'000; };
  cloud_->answers = false;
  StartSession();
  ASSERT_TRUE(RunUntil([&] { return session_->state() == LinkState::kReady; }));
  const uint64_t id = Begin({1'000});
  EXPECT_EQ(Ask(Make(Pattern(500, 1))).status().code(), absl::StatusCode::kResourceExhausted);
  ASSERT_TRUE(Extend(id, Pattern(500, 1)));
  session_->Close(id);
  cloud_->answers = true;
  EXPECT_TRUE(Ask(Make(Pattern(500, 1))).ok());
}

TEST_F(BegunTest, ALostConnectionEndsTheEncoder) {
  Connect();
  const uint64_t id = Begin({100'000});
  ASSERT_TRUE(Extend(id, Pattern(1'000, 1)));
  cloud_.reset();
  EXPECT_EQ(WaitForAnswer(), absl::StatusCode::kUnavailable);
  EXPECT_FALSE(Extend(id, "more"));
  session_->Close(id);
}
}  // namespace
}  // namespace tideline
