#include <string>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "tests/cloud/gateway_fixture.h"

namespace tideline {
namespace {

using testing::ElementsAre;
using testing::HasSubstr;
using testing::IsEmpty;
using testing::UnorderedElementsAre;

TEST_F(GatewayTest, AnswersARequestWithItsResult) {
  Start();
  Greet();
  EXPECT_EQ(edge_->All<wire::Welcome>()[0].models[0].state, wire::ModelState::kReady);
  Settle(1);
  const wire::Result result = edge_->All<wire::Result>()[0];
  EXPECT_THAT(result.tensors[0].shape, ElementsAre(1, 10));
  EXPECT_GE(result.busy_us, result.tail_us);
}

TEST_F(GatewayTest, AcknowledgesTheBytesOfAllChunksEvenOfRefusedRequests) {
  Start();
  Greet();
  edge_->Send(Request(1));
  edge_->SendChunk(1, std::string(100, '\0'));
  edge_->SendChunk(1, InputBytes().substr(100), /*offset=*/100);
  edge_->Send(Request(2, "nonsense"));
  edge_->SendChunk(2, InputBytes());
  Settle(3);
  EXPECT_THAT(Acknowledged(), ElementsAre(100, kInput, 2 * kInput, 3 * kInput));
  ASSERT_TRUE(RunUntil(io_, [this] { return Answered().size() == 2; }));
  EXPECT_THAT(Answered(), UnorderedElementsAre(1, 3));
}

TEST_F(GatewayTest, AProfileIsSentAsAResult) {
  ReadProfiles();
  Start();
  Greet();
  edge_->Send(wire::ProfileRequest{.request = 1});
  ASSERT_TRUE(RunUntil(io_, [&] { return !edge_->All<wire::Chunk>().empty(); }));
  const auto results = edge_->All<wire::Result>();
  ASSERT_EQ(results.size(), 1);
  EXPECT_EQ(results[0].tensors.at(0).dtype, DType::kUInt8);
  EXPECT_EQ(edge_->All<wire::Chunk>()[0].request, 1);
  Submit(2);  // requests go on
  ASSERT_TRUE(RunUntil(io_, [&] { return edge_->All<wire::Result>().size() == 2; }));
}

TEST_F(GatewayTest, AProfileThatIsNotThereIsRefusedAlone) {
  Start();
  Greet();
  edge_->Send(wire::ProfileRequest{.request = 1});
  edge_->Send(wire::ProfileRequest{.request = 2, .model = 1});
  Submit(3);
  ASSERT_TRUE(RunUntil(io_, [&] { return edge_->All<wire::Result>().size() == 1; }));
  const auto refusals = edge_->All<wire::Refusal>();
  ASSERT_EQ(refusals.size(), 2);
  EXPECT_EQ(refusals[0].code, static_cast<uint8_t>(absl::StatusCode::kNotFound));
  EXPECT_THAT(refusals[0].reason, HasSubstr("no profile of model 'mlp'"));
  EXPECT_EQ(refusals[1].code, static_cast<uint8_t>(absl::StatusCode::kFailedPrecondition));
}

TEST_F(GatewayTest, AProfileRequestInASessionOfVersionOneEndsIt) {
  ReadProfiles();
  Start();
  wire::Hello hello = Hello();
  hello.protocol = {1, 1};
  edge_->Send(hello);
  edge_->Send(wire::ProfileRequest{.request = 1});
  ASSERT_TRUE(RunUntil(io_, [&] { return !edge_->All<wire::Refusal>().empty(); }));
  EXPECT_EQ(edge_->All<wire::Welcome>().at(0).protocol, 1);
  EXPECT_EQ(edge_->All<wire::Refusal>()[0].request, 0);
  EXPECT_THAT(edge_->All<wire::Refusal>()[0].reason, HasSubstr("protocol version 1"));
}

TEST_F(GatewayTest, CancelledRequestsAreNotAnswered) {
  Start();
  Greet();
  Submit(1);  // runs
  Submit(2);  // waits
  edge_->Send(Request(3));
  for (uint64_t id = 1; id <= 3; ++id) {
    edge_->Send(wire::Cancel{id});
  }
  edge_->SendChunk(3, InputBytes());  // was on its way
  Settle(4);
  EXPECT_THAT(Answered(), ElementsAre(4));
  EXPECT_THAT(edge_->All<wire::Refusal>(), IsEmpty());
}

TEST_F(GatewayTest, ABudgetThatRanOutInTheQueueIsRefused) {
  Start();
  Greet();
  Submit(1);
  wire::Request request = Request(2);
  request.budget_ms = 1;
  edge_->Send(request);
  edge_->SendChunk(2, InputBytes());
  const wire::Refusal refusal = WaitForRefusal();
  EXPECT_EQ(refusal.request, 2u);
  EXPECT_EQ(refusal.code, Code(absl::StatusCode::kDeadlineExceeded));
  Settle(3);
  EXPECT_THAT(Answered(), ElementsAre(1, 3));
}

TEST_F(GatewayTest, AnImageForANetworkOfTensorsIsRefused) {
  Start();
  Greet();
  for (const Quantizer quantizer : {Quantizer::kRaw, Quantizer::kJpeg}) {
    wire::Request request = Request(quantizer == Quantizer::kRaw ? 1 : 2);
    request.tensors[0].dtype = DType::kUInt8;
    request.tensors[0].codec = {quantizer, Level::kStored};
    edge_->Send(request);
    EXPECT_THAT(WaitForRefusal(request.id).reason, HasSubstr("takes tensors"));
  }
  Settle(3);
}

TEST_F(GatewayTest, AWrongChecksumRefusesThatRequestAlone) {
  Start();
  Greet();
  edge_->Send(Request(1));
  edge_->SendChunk(1, InputBytes(), /*offset=*/0, /*crc_error=*/1);
  const wire::Refusal refusal = WaitForRefusal();
  EXPECT_EQ(refusal.request, 1u);
  EXPECT_EQ(refusal.code, Code(absl::StatusCode::kDataLoss));
  Settle(2);
}

TEST_F(GatewayTest, ACutThatIsNotThereIsAnInvalidArgument) {
  Start();
  Greet();
  edge_->Send(Request(1, "5.conv"));
  EXPECT_EQ(WaitForRefusal().code, Code(absl::StatusCode::kInvalidArgument));
  wire::Request request = Request(2);
  request.tensors[0].shape = {1, 32};
  request.tensors[0].strides = {32, 1};
  edge_->Send(request);
  EXPECT_EQ(WaitForRefusal(2).code, Code(absl::StatusCode::kInvalidArgument));
  Settle(3);
}

TEST_F(GatewayTest, ARequestWithoutBytesIsAnsweredNotForgotten) {
  Start();
  Greet();
  wire::Request request = Request(1);
  request.tensors[0].encoded_bytes = 0;
  edge_->Send(request);
  EXPECT_EQ(WaitForRefusal().request, 1u);
}

TEST_F(GatewayTest, MoreThanItsLimitsIsRefusedWithATimeToComeBack) {
  GatewayOptions options;
  options.peer.max_inflight = kInput;
  Start(options);
  Greet();
  Submit(1);
  edge_->Send(Request(2));
  const wire::Refusal refusal = WaitForRefusal();
  EXPECT_EQ(refusal.request, 2u);
  EXPECT_EQ(refusal.code, Code(absl::StatusCode::kResourceExhausted));
  EXPECT_GT(refusal.retry_after_ms, 0u);
  ASSERT_TRUE(RunUntil(io_, [this] { return !Answered().empty(); }));
  Settle(3);
}
}  // namespace
}  // namespace tideline
