#include "protocol/transport/chunk_sender.h"

#include <cstdint>
#include <numeric>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include <gtest/gtest.h>

#include "common/base/hash.h"

namespace tideline {
namespace {

constexpr absl::Duration kNow = absl::Seconds(100);

std::string Pattern(size_t size, int seed) {
  std::string text(size, '\0');
  for (size_t i = 0; i < size; ++i) {
    text[i] = static_cast<char>((i * 31 + static_cast<size_t>(seed) * 7 + i / 251) & 0xff);
  }
  return text;
}

class ChunkSenderTest : public testing::Test {
 protected:
  struct Out {
    wire::Chunk chunk;
    std::string payload;
  };

  absl::Status Send(const wire::Chunk& chunk, const Bytes& payload) {
    if (blocked_) {
      return Unavailable("the link is blocked");
    }
    out_.push_back(
        {chunk, {reinterpret_cast<const char*>(payload.view.data()), payload.view.size()}});
    return absl::OkStatus();
  }

  absl::Status Add(uint64_t request, std::vector<std::string> tensors) {
    std::vector<Bytes> bytes;
    for (std::string& tensor : tensors) {
      bytes.push_back(Bytes::Own(std::move(tensor)));
    }
    return sender_.Add(kNow, request, std::move(bytes), Done(request));
  }

  ChunkSender::SentCallback Done(uint64_t request) {
    return [this, request](const std::vector<uint64_t>& sent) {
      done_.emplace_back(request, std::accumulate(sent.begin(), sent.end(), uint64_t{0}));
      sent_ = sent;
    };
  }

  absl::Status Open(uint64_t request, size_t tensors = 1) {
    return sender_.Open(request, tensors, Done(request));
  }
  absl::Status Extend(uint64_t request, const std::string& bytes, size_t tensor = 0) {
    return sender_.Extend(kNow, request, tensor, Bytes::Own(bytes));
  }
  void AckEverything() {
    while (sender_.window().in_flight() > 0) {
      ASSERT_TRUE(AckAll().ok());
    }
  }

  absl::Status AckAll() {
    now_ += absl::Milliseconds(50);
    return sender_.OnAck(
        now_, {sender_.window().sent(), static_cast<uint64_t>(absl::ToInt64Microseconds(now_))});
  }

  // The tensor as it came out, in order.
  std::string Received(uint64_t request, uint16_t tensor) const {
    std::string bytes;
    for (const Out& out : out_) {
      if (out.chunk.request == request && out.chunk.tensor == tensor) {
        EXPECT_EQ(out.chunk.offset, bytes.size());
        EXPECT_EQ(out.chunk.crc32, Crc32(std::as_bytes(std::span(out.payload))));
        bytes += out.payload;
      }
    }
    return bytes;
  }

  bool blocked_ = false;
  absl::Duration now_ = kNow;
  std::vector<Out> out_;
  std::vector<std::pair<uint64_t, uint64_t>> done_;
  std::vector<uint64_t> sent_;  // of each tensor of the latest of them
  ChunkSender sender_{
      [this](const wire::Chunk& chunk, const Bytes& payload) { return Send(chunk, payload); },
      /*max_queued=*/1 << 20};
};

TEST_F(ChunkSenderTest, SplitsTensorsIntoChunksThatGiveTheSameBytes) {
  const std::string first = Pattern(100'000, 1);
  const std::string second = Pattern(5'001, 2);
  ASSERT_TRUE(Add(7, {first, second}).ok());
  while (sender_.window().in_flight() > 0) {
    ASSERT_TRUE(AckAll().ok());
  }
  EXPECT_EQ(Received(7, 0), first);
  EXPECT_EQ(Received(7, 1), second);
  EXPECT_EQ(done_, (std::vector<std::pair<uint64_t, uint64_t>>{{7, 105'001}}));
  EXPECT_EQ(sender_.queued(), 0);
}

TEST_F(ChunkSenderTest, HandsOverNoMoreThanTheWindow) {
  ASSERT_TRUE(Add(1, {Pattern(100'000, 1)}).ok());
  EXPECT_EQ(sender_.window().in_flight(), SendWindow::kInitial);
  EXPECT_EQ(out_.size(), SendWindow::kInitial / SendWindow::kMinChunk);
  EXPECT_EQ(sender_.queued(), 100'000 - SendWindow::kInitial);
  EXPECT_TRUE(done_.empty());
}

TEST_F(ChunkSenderTest, ServesRequestsInTheOrderOfTheirComing) {
  ASSERT_TRUE(Add(5, {Pattern(40'000, 1)}).ok());
  ASSERT_TRUE(Add(3, {Pattern(40'000, 2)}).ok());
  while (sender_.window().in_flight() > 0) {
    ASSERT_TRUE(AckAll().ok());
  }
  EXPECT_EQ(done_, (std::vector<std::pair<uint64_t, uint64_t>>{{5, 40'000}, {3, 40'000}}));
  bool second_began = false;
  for (const Out& out : out_) {
    second_began = second_began || out.chunk.request == 3;
    EXPECT_EQ(out.chunk.request, second_began ? 3 : 5);
  }
}

TEST_F(ChunkSenderTest, CancelDropsWhatIsNotOutAndTheNextRequestFollowsAtOnce) {
  ASSERT_TRUE(Add(1, {Pattern(500'000, 1)}).ok());
  ASSERT_TRUE(Add(2, {Pattern(1'000, 2)}).ok());
  EXPECT_EQ(sender_.Cancel(1), SendWindow::kInitial);
  EXPECT_EQ(sender_.queued(), 1'000);
  ASSERT_TRUE(AckAll().ok());
  EXPECT_EQ(out_.back().chunk.request, 2);
  EXPECT_EQ(done_, (std::vector<std::pair<uint64_t, uint64_t>>{{2, 1'000}}));
}

TEST_F(ChunkSenderTest, CancelOfAnUnknownOrFinishedRequestDoesNothing) {
  ASSERT_TRUE(Add(1, {Pattern(1'000, 1)}).ok());
  EXPECT_EQ(sender_.Cancel(1), 0);
  EXPECT_EQ(sender_.Cancel(99), 0);
  EXPECT_EQ(out_.size(), 1);
}

TEST_F(ChunkSenderTest, CutShortSaysWhatIsOutOfEachTensor) {
  ASSERT_TRUE(Add(1, {Pattern(1'000, 1), Pattern(500'000, 2), Pattern(9, 3)}).ok());
  const std::optional<wire::End> end = sender_.CutShort(1);
  ASSERT_TRUE(end.has_value());
  EXPECT_EQ(end->request, 1);
  EXPECT_EQ(end->bytes, (std::vector<uint64_t>{1'000, Received(1, 1).size(), 0}));
  EXPECT_EQ(end->cut_short, 0b110);
  EXPECT_GT(Received(1, 1).size(), 0);
  EXPECT_EQ(sender_.queued(), 0);
  EXPECT_FALSE(sender_.CutShort(1).has_value());
  EXPECT_TRUE(done_.empty());
}

TEST_F(ChunkSenderTest, WhatIsOutCannotBeCutShort) {
  ASSERT_TRUE(Add(1, {Pattern(1'000, 1)}).ok());
  EXPECT_FALSE(sender_.CutShort(1).has_value());
}

TEST_F(ChunkSenderTest, RefusesOverItsBoundWithBothNumbers) {
  ASSERT_TRUE(Add(1, {Pattern(1'000'000, 1)}).ok());
  const uint64_t queued = sender_.queued();
  const absl::Status status = Add(2, {Pattern(100'000, 2)});
  EXPECT_EQ(status.code(), absl::StatusCode::kResourceExhausted);
  EXPECT_NE(status.message().find("request 2 has 100000 bytes"), std::string::npos);
  EXPECT_NE(status.message().find("1048576"), std::string::npos);
  EXPECT_EQ(sender_.queued(), queued);
  sender_.Cancel(1);
  EXPECT_TRUE(Add(2, {Pattern(100'000, 2)}).ok());
}

TEST_F(ChunkSenderTest, TensorsWithoutBytesHaveNoChunk) {
  ASSERT_TRUE(Add(1, {"", "ab", "", "c", ""}).ok());
  ASSERT_EQ(out_.size(), 2);
  EXPECT_EQ(out_[0].chunk.tensor, 1);
  EXPECT_EQ(out_[1].chunk.tensor, 3);
  ASSERT_TRUE(Add(2, {""}).ok());
  EXPECT_EQ(done_, (std::vector<std::pair<uint64_t, uint64_t>>{{1, 3}, {2, 0}}));
}

TEST_F(ChunkSenderTest, RefusesARequestTwice) {
  ASSERT_TRUE(Add(1, {Pattern(100'000, 1)}).ok());
  EXPECT_EQ(Add(1, {"a"}).code(), absl::StatusCode::kInvalidArgument);
}

TEST_F(ChunkSenderTest, AChunkTheTransportRefusesIsTriedAgain) {
  blocked_ = true;
  const std::string tensor = Pattern(3'000, 1);
  ASSERT_TRUE(Add(1, {tensor}).ok());
  EXPECT_TRUE(out_.empty());
  EXPECT_EQ(sender_.window().in_flight(), 0);
  blocked_ = false;
  sender_.Pump(kNow);
  EXPECT_EQ(Received(1, 0), tensor);
}

TEST_F(ChunkSenderTest, ACallbackMayAddTheNextRequest) {
  ASSERT_TRUE(sender_
                  .Add(kNow, 1, {Bytes::Own(Pattern(10, 1))},
                       [this](const auto&) { ASSERT_TRUE(Add(2, {Pattern(10, 2)}).ok()); })
                  .ok());
  EXPECT_EQ(Received(2, 0), Pattern(10, 2));
}

TEST_F(ChunkSenderTest, AnAcknowledgementOfTooMuchIsDataLoss) {
  ASSERT_TRUE(Add(1, {Pattern(1'000, 1)}).ok());
  EXPECT_EQ(sender_.OnAck(kNow, {1'001, 1}).code(), absl::StatusCode::kDataLoss);
}

TEST_F(ChunkSenderTest, WhatAnOpenRequestHasGoesOutBeforeItIsClosed) {
  ASSERT_TRUE(Open(1).ok());
  ASSERT_TRUE(Extend(1, Pattern(3'000, 1)).ok());
  EXPECT_EQ(Received(1, 0), Pattern(3'000, 1));
  EXPECT_TRUE(done_.empty());
  ASSERT_TRUE(Extend(1, "the rest").ok());
  sender_.Close(kNow, 1);
  EXPECT_EQ(Received(1, 0), Pattern(3'000, 1) + "the rest");
  EXPECT_EQ(done_, (std::vector<std::pair<uint64_t, uint64_t>>{{1, 3'008}}));
}

TEST_F(ChunkSenderTest, TheEndOfAnOpenRequestComesAfterItsLastChunk) {
  ASSERT_TRUE(Open(1, 3).ok());
  ASSERT_TRUE(Extend(1, Pattern(40'000, 1), 0).ok());
  ASSERT_TRUE(Extend(1, Pattern(50'000, 2), 2).ok());
  sender_.Close(kNow, 1);
  EXPECT_TRUE(done_.empty());
  AckEverything();
  EXPECT_EQ(sent_, (std::vector<uint64_t>{40'000, 0, 50'000}));
  EXPECT_EQ(Received(1, 0), Pattern(40'000, 1));
  EXPECT_EQ(Received(1, 2), Pattern(50'000, 2));
  EXPECT_EQ(sender_.queued(), 0);
}

TEST_F(ChunkSenderTest, PiecesThatWaitAreJoinedInOneChunk) {
  blocked_ = true;
  ASSERT_TRUE(Open(1).ok());
  for (int i = 0; i < 20; ++i) {
    ASSERT_TRUE(Extend(1, Pattern(100, i)).ok());
  }
  blocked_ = false;
  sender_.Pump(kNow);
  ASSERT_EQ(out_.size(), 1);
  EXPECT_EQ(out_[0].payload.size(), 2'000);
  EXPECT_EQ(out_[0].payload.substr(1'900), Pattern(100, 19));
}

TEST_F(ChunkSenderTest, ARequestThatWaitsForItsEncoderLetsTheNextOnesGo) {
  ASSERT_TRUE(Open(1).ok());
  ASSERT_TRUE(Add(2, {Pattern(1'000, 2)}).ok());
  EXPECT_EQ(done_, (std::vector<std::pair<uint64_t, uint64_t>>{{2, 1'000}}));
  ASSERT_TRUE(Add(3, {Pattern(100'000, 3)}).ok());
  ASSERT_TRUE(Extend(1, Pattern(1'000, 1)).ok());
  ASSERT_TRUE(AckAll().ok());
  EXPECT_EQ(Received(1, 0), Pattern(1'000, 1)) << "it is still the first in the queue";
  EXPECT_LT(Received(3, 0).size(), 100'000);
}

TEST_F(ChunkSenderTest, ASlowEncoderDoesNotLowerTheRate) {
  ASSERT_TRUE(Add(1, {Pattern(200'000, 1)}).ok());
  AckEverything();
  const double rate = sender_.window().rate();
  ASSERT_GT(rate, 0);
  ASSERT_TRUE(Open(2).ok());
  for (int i = 0; i < 100; ++i) {  // at a tenth of it, for longer than rates are remembered
    now_ += absl::Milliseconds(50);
    const auto bytes = static_cast<size_t>(rate / 10 * 0.1);
    ASSERT_TRUE(sender_.Extend(now_, 2, 0, Bytes::Own(Pattern(bytes, i))).ok());
    AckEverything();
  }
  EXPECT_GE(sender_.window().rate(), rate);
}

TEST_F(ChunkSenderTest, CancelOfAnOpenRequestDropsWhatWaits) {
  ASSERT_TRUE(Open(1).ok());
  ASSERT_TRUE(Extend(1, Pattern(100'000, 1)).ok());
  EXPECT_EQ(sender_.Cancel(1), SendWindow::kInitial);
  EXPECT_EQ(sender_.queued(), 0);
  EXPECT_EQ(Extend(1, "more").code(), absl::StatusCode::kInvalidArgument);
  sender_.Close(kNow, 1);
  EXPECT_TRUE(done_.empty());
}

TEST_F(ChunkSenderTest, AnOpenRequestIsCutShortWhereItsEncoderIs) {
  ASSERT_TRUE(Open(1, 3).ok());
  ASSERT_TRUE(Extend(1, Pattern(1'000, 1), 0).ok());
  ASSERT_TRUE(Extend(1, Pattern(2'000, 2), 1).ok());
  const std::optional<wire::End> end = sender_.CutShort(1);
  ASSERT_TRUE(end.has_value());
  EXPECT_EQ(end->bytes, (std::vector<uint64_t>{1'000, 2'000, 0}));
  EXPECT_EQ(end->cut_short, 0b110) << "the second may have got more, had it not ended";
}

TEST_F(ChunkSenderTest, WhatIsOutAndClosedCannotBeCutShort) {
  ASSERT_TRUE(Open(1).ok());
  ASSERT_TRUE(Extend(1, Pattern(1'000, 1)).ok());
  sender_.Close(kNow, 1);
  EXPECT_FALSE(sender_.CutShort(1).has_value());
}

TEST_F(ChunkSenderTest, AnOpenRequestIsBoundedByWhatReallyWaits) {
  ASSERT_TRUE(Open(1).ok());
  ASSERT_TRUE(Extend(1, Pattern(1'000'000, 1)).ok());
  const uint64_t queued = sender_.queued();
  EXPECT_EQ(Extend(1, Pattern(100'000, 2)).code(), absl::StatusCode::kResourceExhausted);
  EXPECT_EQ(sender_.queued(), queued);
}

TEST_F(ChunkSenderTest, TensorsOfAnOpenRequestComeInTheirOrder) {
  ASSERT_TRUE(Open(1, 2).ok());
  EXPECT_EQ(Open(1, 2).code(), absl::StatusCode::kInvalidArgument);
  ASSERT_TRUE(Extend(1, "b", 1).ok());
  EXPECT_EQ(Extend(1, "a", 0).code(), absl::StatusCode::kInvalidArgument);
  EXPECT_EQ(Extend(1, "c", 2).code(), absl::StatusCode::kInvalidArgument);
  ASSERT_TRUE(Add(2, {"whole"}).ok());
  EXPECT_EQ(Extend(2, "more").code(), absl::StatusCode::kInvalidArgument);
}

TEST_F(ChunkSenderTest, ResetDropsTheQueueAndTheCounts) {
  ASSERT_TRUE(Add(1, {Pattern(100'000, 1)}).ok());
  sender_.Reset();
  EXPECT_EQ(sender_.queued(), 0);
  EXPECT_EQ(sender_.window().sent(), 0);
  out_.clear();
  ASSERT_TRUE(Add(1, {Pattern(100, 3)}).ok());
  EXPECT_EQ(Received(1, 0), Pattern(100, 3));
}

}  // namespace
}  // namespace tideline
