#include "cloud/gateway.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "tests/cloud/gateway_fixture.h"

namespace tideline {
namespace {

using testing::ElementsAre;
using testing::HasSubstr;
using testing::IsEmpty;

TEST_F(GatewayTest, ANewSessionBeginsAtZeroAndLeavesTheOldOneUnanswered) {
  Start();
  Greet();
  Submit(1);
  Submit(2);
  Greet(6 << 8);
  Settle(3);
  EXPECT_EQ(Acknowledged().back(), kInput);
  EXPECT_THAT(Answered(), ElementsAre(3));
  EXPECT_THAT(edge_->All<wire::Refusal>(), IsEmpty());
}

TEST_F(GatewayTest, AHelloOfTheSameSessionKeepsOpenRequests) {
  Start();
  Greet();
  edge_->Send(Request(1));
  Greet(kSession + 1);
  edge_->SendChunk(1, InputBytes());
  Settle(2);
  EXPECT_THAT(Answered(), ElementsAre(1, 2));
}

TEST_F(GatewayTest, ARequestAfterTheGoodbyeEndsTheSession) {
  Start();
  Greet();
  edge_->Send(wire::Goodbye{});
  Submit(1);
  EXPECT_THAT(WaitForRefusal().reason, HasSubstr("after the goodbye"));
  EXPECT_THAT(Answered(), IsEmpty());
}

TEST_F(GatewayTest, ARequestNumberForTheSecondTimeEndsTheSession) {
  Start();
  Greet();
  Settle(1);
  Submit(1);
  Submit(2);  // goes unheard
  const wire::Refusal refusal = WaitForRefusal();
  EXPECT_EQ(refusal.request, 0u);
  EXPECT_EQ(refusal.code, Code(absl::StatusCode::kInvalidArgument));
  EXPECT_THAT(refusal.reason, HasSubstr("ascend"));
  Greet(6 << 8);
  Settle(3);
  EXPECT_THAT(Answered(), ElementsAre(1, 3));
  EXPECT_EQ(edge_->All<wire::Refusal>().size(), 1u);
}

TEST_F(GatewayTest, AChunkOfAnUnknownRequestEndsTheSession) {
  Start();
  Greet();
  edge_->SendChunk(9, "x");
  EXPECT_EQ(WaitForRefusal().request, 0u);
  Greet(6 << 8);
  Settle(1);
}

TEST_F(GatewayTest, AHeaderThatIsNoneEndsTheSession) {
  Start();
  Greet();
  edge_->SendRaw("no header at all");
  const wire::Refusal refusal = WaitForRefusal();
  EXPECT_EQ(refusal.request, 0u);
  EXPECT_EQ(refusal.code, Code(absl::StatusCode::kDataLoss));
}

TEST_F(GatewayTest, AMessageForEdgesEndsTheSession) {
  Start();
  Greet();
  edge_->Send(wire::Welcome{.cloud = "me", .isa = "x"});
  EXPECT_THAT(WaitForRefusal().reason, HasSubstr("welcome"));
}

TEST_F(GatewayTest, NothingButAHelloFollowsARefusedOne) {
  Start();
  wire::Hello hello = Hello();
  hello.protocol = {7, 9};
  edge_->Send(hello);
  const wire::Refusal refusal = WaitForRefusal();
  EXPECT_EQ(refusal.code, Code(absl::StatusCode::kFailedPrecondition));
  EXPECT_THAT(refusal.reason, HasSubstr("7 to 9"));
  Submit(1);  // goes unheard
  Greet();
  Settle(2);
  EXPECT_THAT(Answered(), ElementsAre(2));
}

TEST_F(GatewayTest, AnotherFileOfAModelIsNotServed) {
  Start();
  identity_.sha256[0] ^= 1;
  Greet();
  const wire::ModelStatus model = edge_->All<wire::Welcome>()[0].models[0];
  EXPECT_EQ(model.state, wire::ModelState::kMismatch);
  EXPECT_THAT(model.reason, HasSubstr("model.pt2"));
  Submit(1);
  EXPECT_EQ(WaitForRefusal().code, Code(absl::StatusCode::kFailedPrecondition));
}

TEST_F(GatewayTest, HeartbeatsAreEchoed) {
  Start();
  Greet();
  edge_->Send(wire::Heartbeat{.sent_us = 77});
  ASSERT_TRUE(RunUntil(io_, [this] { return !edge_->All<wire::Heartbeat>().empty(); }));
  EXPECT_EQ(edge_->All<wire::Heartbeat>()[0].echo, 77u);
}

TEST_F(GatewayTest, DrainingAnswersWhatIsOpenAndRefusesTheRest) {
  Start();
  Greet();
  edge_->Send(Request(1));
  ASSERT_TRUE(RunUntil(io_, [this] {
    edge_->Send(wire::Heartbeat{.sent_us = 1});
    return !edge_->All<wire::Heartbeat>().empty();
  }));
  bool drained = false;
  gateway_->Drain([&] { drained = true; });
  edge_->SendChunk(1, InputBytes());
  Submit(2);
  EXPECT_EQ(WaitForRefusal().code, Code(absl::StatusCode::kUnavailable));
  EXPECT_FALSE(drained);
  ASSERT_TRUE(RunUntil(io_, [&] { return drained; }));
  EXPECT_EQ(edge_->All<wire::Goodbye>().size(), 1u);
  EXPECT_THAT(Answered(), ElementsAre(1));
}

TEST_F(GatewayTest, ASilentEdgeIsForgotten) {
  GatewayOptions options;
  options.forget_after = absl::Milliseconds(1);
  Start(options);
  Greet();
  ASSERT_TRUE(RunUntil(io_, [this] { return server_.drops == 1; }));
  edge_->Send(wire::Heartbeat{.sent_us = 1});
  EXPECT_THAT(WaitForRefusal().reason, HasSubstr("before the hello"));
}

TEST_F(GatewayTest, WhatASilentEdgeHadQueuedIsDropped) {
  constexpr uint64_t kRequests = 40;  // which take longer than from one look at edges to the next
  GatewayOptions options;
  options.forget_after = absl::Milliseconds(1);
  Start(options);
  Greet();
  for (uint64_t id = 1; id <= kRequests; ++id) {
    Submit(id);
  }
  ASSERT_TRUE(RunUntil(io_, [this] { return server_.drops == 1; }));
  EXPECT_EQ(gateway_->Describe().queue_requests, 0);
  EXPECT_TRUE(gateway_->Describe().edges.empty());
  EXPECT_LT(Answered().size(), kRequests);
}

}  // namespace
}  // namespace tideline
