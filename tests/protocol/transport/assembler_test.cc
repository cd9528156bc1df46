#include "protocol/transport/assembler.h"

#include <cstdint>
#include <string>
#include <vector>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "common/base/hash.h"

namespace tideline {
namespace {

using testing::HasSubstr;

EncodedTensor Announce(uint64_t encoded_bytes) {
  return {.dtype = DType::kFloat32, .shape = {1, 64}, .encoded_bytes = encoded_bytes};
}

struct Piece {
  wire::Chunk chunk;
  Bytes payload;
};

Piece MakePiece(uint64_t request, uint16_t tensor, uint64_t offset, const std::string& content) {
  const Bytes payload = Bytes::Own(content);
  return {{request, tensor, offset, Crc32(payload.view)}, payload};
}

std::string Text(const Bytes& bytes) {
  return {reinterpret_cast<const char*>(bytes.view.data()), bytes.view.size()};
}

class AssemblerTest : public testing::Test {
 protected:
  absl::StatusOr<std::optional<std::vector<Bytes>>> Add(uint64_t request, uint16_t tensor,
                                                        uint64_t offset,
                                                        const std::string& content) {
    const Piece piece = MakePiece(request, tensor, offset, content);
    return assembler_.Add(piece.chunk, piece.payload);
  }

  // The error of one chunk, after which its request is gone.
  absl::Status AddBad(uint64_t request, uint16_t tensor, uint64_t offset,
                      const std::string& content) {
    const size_t open = assembler_.requests();
    const absl::Status status = Add(request, tensor, offset, content).status();
    EXPECT_EQ(assembler_.requests(), open - 1);
    return status;
  }

  Assembler assembler_{{.max_tensor = 1000, .max_inflight = 10'000, .max_requests = 3}};
};

TEST_F(AssemblerTest, PutsInterleavedRequestsTogether) {
  ASSERT_TRUE(assembler_.Begin(1, {Announce(6), Announce(3)}).ok());
  ASSERT_TRUE(assembler_.Begin(2, {Announce(4)}).ok());
  EXPECT_EQ(*Add(1, 0, 0, "abcd"), std::nullopt);
  EXPECT_EQ(*Add(2, 0, 0, "WX"), std::nullopt);
  EXPECT_EQ(*Add(1, 1, 0, "xyz"), std::nullopt);
  const auto second = Add(2, 0, 2, "YZ");
  ASSERT_TRUE(second.ok() && second->has_value());
  EXPECT_EQ(Text((**second)[0]), "WXYZ");
  const auto first = Add(1, 0, 4, "ef");
  ASSERT_TRUE(first.ok() && first->has_value());
  ASSERT_EQ((*first)->size(), 2);
  EXPECT_EQ(Text((**first)[0]), "abcdef");
  EXPECT_EQ(Text((**first)[1]), "xyz");
}

TEST_F(AssemblerTest, ATensorInOnePieceIsNotCopied) {
  ASSERT_TRUE(assembler_.Begin(1, {Announce(4)}).ok());
  const Piece piece = MakePiece(1, 0, 0, "abcd");
  const auto complete = assembler_.Add(piece.chunk, piece.payload);
  ASSERT_TRUE(complete.ok() && complete->has_value());
  EXPECT_EQ((**complete)[0].view.data(), piece.payload.view.data());
}

TEST_F(AssemblerTest, CountsARequestUntilItIsDropped) {
  ASSERT_TRUE(assembler_.Begin(1, {Announce(4)}).ok());
  ASSERT_TRUE(Add(1, 0, 0, "abcd")->has_value());
  EXPECT_EQ(assembler_.inflight(), 4);
  EXPECT_EQ(assembler_.requests(), 1);
  assembler_.Drop(1);
  EXPECT_EQ(assembler_.inflight(), 0);
  EXPECT_EQ(assembler_.requests(), 0);
}

TEST_F(AssemblerTest, TensorsWithoutBytesNeedNoChunk) {
  ASSERT_TRUE(assembler_.Begin(1, {Announce(0), Announce(2), Announce(0)}).ok());
  EXPECT_EQ(assembler_.TakeIfComplete(1), std::nullopt);
  const auto mixed = Add(1, 1, 0, "ab");
  ASSERT_TRUE(mixed.ok() && mixed->has_value());
  EXPECT_EQ(Text((**mixed)[0]), "");
  EXPECT_EQ(Text((**mixed)[1]), "ab");

  ASSERT_TRUE(assembler_.Begin(2, {Announce(0)}).ok());
  const auto empty = assembler_.TakeIfComplete(2);
  ASSERT_TRUE(empty.has_value());
  EXPECT_EQ(empty->size(), 1);
}

TEST_F(AssemblerTest, AWrongCrcIsDataLoss) {
  ASSERT_TRUE(assembler_.Begin(7, {Announce(4)}).ok());
  Piece piece = MakePiece(7, 0, 0, "abcd");
  piece.payload = Bytes::Own("abcx");
  const absl::Status status = assembler_.Add(piece.chunk, piece.payload).status();
  EXPECT_EQ(status.code(), absl::StatusCode::kDataLoss);
  EXPECT_THAT(std::string(status.message()), HasSubstr("request 7: tensor 0: the chunk at offset"));
  EXPECT_EQ(assembler_.requests(), 0);
}

TEST_F(AssemblerTest, ATruncatedChunkIsDataLoss) {
  ASSERT_TRUE(assembler_.Begin(7, {Announce(4)}).ok());
  Piece piece = MakePiece(7, 0, 0, "abcd");
  piece.payload = Bytes::Own("abc");
  EXPECT_EQ(assembler_.Add(piece.chunk, piece.payload).status().code(),
            absl::StatusCode::kDataLoss);
}

TEST_F(AssemblerTest, AGapNamesBothOffsets) {
  ASSERT_TRUE(assembler_.Begin(7, {Announce(9)}).ok());
  ASSERT_TRUE(Add(7, 0, 0, "abc").ok());
  const absl::Status status = AddBad(7, 0, 6, "ghi");
  EXPECT_EQ(status.code(), absl::StatusCode::kDataLoss);
  EXPECT_EQ(status.message(), "request 7: tensor 0: a chunk at offset 6, the next one begins at 3");
}

TEST_F(AssemblerTest, AChunkTwiceIsDataLoss) {
  ASSERT_TRUE(assembler_.Begin(7, {Announce(9)}).ok());
  ASSERT_TRUE(Add(7, 0, 0, "abc").ok());
  EXPECT_EQ(AddBad(7, 0, 0, "abc").code(), absl::StatusCode::kDataLoss);
}

TEST_F(AssemblerTest, MoreThanAnnouncedIsRefused) {
  ASSERT_TRUE(assembler_.Begin(7, {Announce(4)}).ok());
  ASSERT_TRUE(Add(7, 0, 0, "abc").ok());
  const absl::Status status = AddBad(7, 0, 3, "de");
  EXPECT_EQ(status.code(), absl::StatusCode::kInvalidArgument);
  EXPECT_EQ(status.message(), "request 7: tensor 0: 2 bytes at offset 3, 4 are announced");
}

TEST_F(AssemblerTest, AChunkAfterTheLastOneIsRefused) {
  ASSERT_TRUE(assembler_.Begin(7, {Announce(4)}).ok());
  ASSERT_TRUE(Add(7, 0, 0, "abcd")->has_value());
  EXPECT_EQ(AddBad(7, 0, 4, "e").code(), absl::StatusCode::kInvalidArgument);
}

TEST_F(AssemblerTest, AnEmptyChunkAndAnUnknownTensorAreRefused) {
  ASSERT_TRUE(assembler_.Begin(7, {Announce(4)}).ok());
  EXPECT_EQ(AddBad(7, 0, 0, "").code(), absl::StatusCode::kInvalidArgument);
  ASSERT_TRUE(assembler_.Begin(8, {Announce(4)}).ok());
  const absl::Status status = AddBad(8, 1, 0, "abcd");
  EXPECT_EQ(status.message(), "request 8: a chunk of tensor 1, 1 are announced");
}

TEST_F(AssemblerTest, ARequestThatWasNeverAnnouncedIsRefused) {
  const absl::Status status = Add(9, 0, 0, "abcd").status();
  EXPECT_EQ(status.code(), absl::StatusCode::kInvalidArgument);
  EXPECT_EQ(status.message(), "a chunk of request 9, which was not announced");
}

TEST_F(AssemblerTest, ChunksOfADroppedRequestAreIgnored) {
  ASSERT_TRUE(assembler_.Begin(1, {Announce(8)}).ok());
  ASSERT_TRUE(Add(1, 0, 0, "abcd").ok());
  assembler_.Drop(1);
  const auto late = Add(1, 0, 4, "efgh");
  ASSERT_TRUE(late.ok());
  EXPECT_EQ(*late, std::nullopt);
  assembler_.Drop(2);  // before it was announced
  EXPECT_TRUE(Add(2, 0, 0, "abcd").ok());
}

TEST_F(AssemblerTest, RemembersDroppedRequestsInBoundedMemory) {
  for (uint64_t id = 1; id <= 100'000; ++id) {
    assembler_.Drop(id);
  }
  EXPECT_TRUE(Add(100'000, 0, 0, "abcd").ok());
  EXPECT_FALSE(Add(1, 0, 0, "abcd").ok());
}

TEST_F(AssemblerTest, ChunksAfterARefusedAnnouncementAreIgnored) {
  ASSERT_FALSE(assembler_.Begin(1, {Announce(1'000'000)}).ok());
  EXPECT_TRUE(Add(1, 0, 0, "abcd").ok());
}

TEST_F(AssemblerTest, RefusesAnnouncementsOverALimitBeforeTakingMemory) {
  EncodedTensor large = Announce(10);
  large.shape = {251};
  absl::Status status = assembler_.Begin(1, {large});
  EXPECT_EQ(status.code(), absl::StatusCode::kResourceExhausted);
  EXPECT_EQ(status.message(), "request 1: tensor 0: it has 1004 bytes, max_tensor is 1000");

  status = assembler_.Begin(2, {Announce(UINT64_MAX)});
  EXPECT_EQ(status.code(), absl::StatusCode::kResourceExhausted);

  const std::vector<EncodedTensor> half(2, Announce(2'500));
  ASSERT_TRUE(assembler_.Begin(3, half).ok());
  ASSERT_TRUE(assembler_.Begin(4, half).ok());
  status = assembler_.Begin(5, {Announce(1)});
  EXPECT_EQ(status.code(), absl::StatusCode::kResourceExhausted);
  EXPECT_EQ(status.message(),
            "request 5 has 1 bytes, 10000 of open requests and max_inflight is 10000");
  assembler_.Drop(3);
  EXPECT_TRUE(assembler_.Begin(6, {Announce(1)}).ok());
  EXPECT_TRUE(assembler_.Begin(7, {Announce(1)}).ok());
  EXPECT_EQ(assembler_.Begin(8, {Announce(1)}).code(), absl::StatusCode::kResourceExhausted);
}

TEST_F(AssemblerTest, RefusesShapesThatOverflowAndNoTensors) {
  EncodedTensor tensor = Announce(10);
  tensor.shape = {INT64_MAX, 8};
  EXPECT_EQ(assembler_.Begin(1, {tensor}).code(), absl::StatusCode::kInvalidArgument);
  tensor.shape = {INT64_MAX};
  EXPECT_EQ(assembler_.Begin(2, {tensor}).code(), absl::StatusCode::kInvalidArgument);
  tensor.shape = {-1};
  EXPECT_EQ(assembler_.Begin(3, {tensor}).code(), absl::StatusCode::kInvalidArgument);
  EXPECT_EQ(assembler_.Begin(5, {}).code(), absl::StatusCode::kInvalidArgument);
  EXPECT_EQ(assembler_.Begin(6, std::vector<EncodedTensor>(17, Announce(1))).code(),
            absl::StatusCode::kInvalidArgument);
}

TEST_F(AssemblerTest, ARequestAnnouncedTwiceIsRefusedAndDropped) {
  ASSERT_TRUE(assembler_.Begin(1, {Announce(4)}).ok());
  EXPECT_EQ(assembler_.Begin(1, {Announce(4)}).code(), absl::StatusCode::kInvalidArgument);
  EXPECT_EQ(assembler_.requests(), 0);
}

TEST_F(AssemblerTest, AcknowledgesEveryByteThatCameWhateverItWas) {
  ASSERT_TRUE(assembler_.Begin(1, {Announce(8)}).ok());
  ASSERT_TRUE(Add(1, 0, 0, "abcd").ok());
  ASSERT_FALSE(Add(9, 0, 0, "abc").ok());
  const wire::Ack ack = assembler_.Acknowledge(absl::Milliseconds(5));
  EXPECT_EQ(ack.bytes, 7);
  EXPECT_EQ(ack.received_us, 5000);
}

TEST_F(AssemblerTest, ResetForgetsEverything) {
  ASSERT_TRUE(assembler_.Begin(1, {Announce(8)}).ok());
  assembler_.Drop(2);
  assembler_.Reset();
  EXPECT_EQ(assembler_.inflight(), 0);
  EXPECT_EQ(assembler_.received(), 0);
  EXPECT_FALSE(Add(1, 0, 0, "abcd").ok());
  EXPECT_FALSE(Add(2, 0, 0, "abcd").ok());
}

TEST_F(AssemblerTest, AnEndGivesWhatHasCome) {
  ASSERT_TRUE(assembler_.Begin(1, {Announce(6), Announce(3)}).ok());
  EXPECT_EQ(*Add(1, 0, 0, "abcd"), std::nullopt);
  const auto come = assembler_.End({1, {4, 0}});
  ASSERT_TRUE(come.ok()) << come.status();
  ASSERT_TRUE(come->has_value());
  EXPECT_EQ(Text((**come)[0]), "abcd");
  EXPECT_EQ(Text((**come)[1]), "");
  EXPECT_EQ(assembler_.inflight(), 9) << "until it is answered";
  EXPECT_EQ(AddBad(1, 0, 4, "e").code(), absl::StatusCode::kInvalidArgument);
  EXPECT_EQ(*assembler_.End({1, {4, 0}}), std::nullopt) << "it was dropped";
}

TEST_F(AssemblerTest, AnEndThatDiffersFromWhatCameIsRefused) {
  ASSERT_TRUE(assembler_.Begin(1, {Announce(6)}).ok());
  ASSERT_TRUE(Add(1, 0, 0, "abcd").ok());
  EXPECT_EQ(assembler_.End({1, {5}}).status().code(), absl::StatusCode::kDataLoss);
  EXPECT_EQ(assembler_.requests(), 0);
  ASSERT_TRUE(assembler_.Begin(2, {Announce(6)}).ok());
  EXPECT_EQ(assembler_.End({2, {0, 0}}).status().code(), absl::StatusCode::kInvalidArgument);
  ASSERT_TRUE(assembler_.Begin(3, {Announce(1)}).ok());
  ASSERT_TRUE(Add(3, 0, 0, "a").ok());
  EXPECT_EQ(assembler_.End({3, {1}}).status().code(), absl::StatusCode::kInvalidArgument);
  EXPECT_EQ(assembler_.End({99, {1}}).status().code(), absl::StatusCode::kInvalidArgument);
}

TEST_F(AssemblerTest, AnOpenRequestIsWholeAtItsEndAlone) {
  ASSERT_TRUE(assembler_.Begin(1, {Announce(6), Announce(6)}, /*open=*/true).ok());
  EXPECT_EQ(*Add(1, 0, 0, "abc"), std::nullopt);
  EXPECT_EQ(*Add(1, 1, 0, "uvwxyz"), std::nullopt);
  const auto whole = assembler_.End({.request = 1, .bytes = {3, 6}});
  ASSERT_TRUE(whole.ok() && whole->has_value());
  EXPECT_EQ(Text((**whole)[0]), "abc");
  EXPECT_EQ(Text((**whole)[1]), "uvwxyz");
  EXPECT_EQ(assembler_.inflight(), 9) << "what did not come no longer counts";
  assembler_.Drop(1);
  EXPECT_EQ(assembler_.inflight(), 0);
}

TEST_F(AssemblerTest, AnOpenRequestThatReachesItsBoundStillNeedsItsEnd) {
  ASSERT_TRUE(assembler_.Begin(1, {Announce(3)}, /*open=*/true).ok());
  EXPECT_EQ(*Add(1, 0, 0, "abc"), std::nullopt);
  EXPECT_EQ(assembler_.TakeIfComplete(1), std::nullopt);
  const auto whole = assembler_.End({.request = 1, .bytes = {3}});
  ASSERT_TRUE(whole.ok() && whole->has_value());
}

TEST_F(AssemblerTest, MoreThanTheBoundOfAnOpenRequestIsInvalid) {
  ASSERT_TRUE(assembler_.Begin(1, {Announce(3)}, /*open=*/true).ok());
  EXPECT_EQ(AddBad(1, 0, 0, "abcd").code(), absl::StatusCode::kInvalidArgument);
}

TEST_F(AssemblerTest, AnEndOfOtherBytesThanCameIsDataLossForAnOpenRequestToo) {
  ASSERT_TRUE(assembler_.Begin(1, {Announce(6)}, /*open=*/true).ok());
  EXPECT_EQ(*Add(1, 0, 0, "abc"), std::nullopt);
  EXPECT_EQ(assembler_.End({.request = 1, .bytes = {4}}).status().code(),
            absl::StatusCode::kDataLoss);
  EXPECT_EQ(assembler_.requests(), 0);
}

TEST_F(AssemblerTest, TheSecondEndAndAChunkAfterTheEndAreInvalid) {
  for (const uint64_t request : {1, 2}) {
    ASSERT_TRUE(assembler_.Begin(request, {Announce(6)}, /*open=*/true).ok());
    EXPECT_EQ(*Add(request, 0, 0, "abc"), std::nullopt);
    ASSERT_TRUE(assembler_.End({.request = request, .bytes = {3}}).ok());
  }
  EXPECT_EQ(assembler_.End({.request = 1, .bytes = {3}}).status().code(),
            absl::StatusCode::kInvalidArgument);
  EXPECT_EQ(AddBad(2, 0, 3, "d").code(), absl::StatusCode::kInvalidArgument);
}

TEST_F(AssemblerTest, TheBoundsOfOpenRequestsCountTowardsTheLimit) {
  ASSERT_TRUE(assembler_.Begin(1, std::vector(9, Announce(1'000)), /*open=*/true).ok());
  EXPECT_EQ(assembler_.Begin(2, std::vector(2, Announce(1'000)), /*open=*/true).code(),
            absl::StatusCode::kResourceExhausted);
  ASSERT_TRUE(assembler_.End({.request = 1, .bytes = std::vector<uint64_t>(9)}).ok());
  EXPECT_TRUE(assembler_.Begin(3, std::vector(2, Announce(1'000)), /*open=*/true).ok());
}

TEST_F(AssemblerTest, WhatIsHandedOverIsCheckedAndNotKept) {
  ASSERT_TRUE(assembler_.Begin(1, {Announce(6), Announce(2)}).ok());
  EXPECT_EQ(*Add(1, 0, 0, "abc"), std::nullopt);
  const std::vector<Bytes> come = assembler_.HandOver(1);
  ASSERT_EQ(come.size(), 2);
  EXPECT_EQ(Text(come[0]), "abc");
  EXPECT_EQ(Text(come[1]), "");
  EXPECT_EQ(*Add(1, 1, 0, "xy"), std::nullopt);
  const auto whole = Add(1, 0, 3, "def");
  ASSERT_TRUE(whole.ok() && whole->has_value());
  EXPECT_EQ(Text((**whole)[0]) + Text((**whole)[1]), "");
  EXPECT_EQ(AddBad(1, 0, 6, "g").code(), absl::StatusCode::kInvalidArgument);
}

}  // namespace
}  // namespace tideline
