#include <string>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "tests/cloud/gateway_fixture.h"

namespace tideline {
namespace {

using testing::ElementsAre;
using testing::HasSubstr;
using testing::IsEmpty;

TEST_F(GatewayTest, ARequestThatIsCutShortIsAnsweredWithItsTolerance) {
  Start();
  Greet();
  const Encoded encoded = Ramp("int8/progressive");
  const std::string bytes = TextOf(encoded.bytes).substr(0, encoded.bytes.size() / 2);
  wire::Request request = Request(1);
  request.tensors = {encoded.description};
  edge_->Send(request);
  edge_->SendChunk(1, bytes);
  edge_->Send(wire::End{1, {bytes.size()}});
  ASSERT_TRUE(RunUntil(io_, [&] { return !edge_->All<wire::Result>().empty(); }));
  EXPECT_GT(edge_->All<wire::Result>()[0].tolerance, 0);
}

TEST_F(GatewayTest, WhatIsNotProgressiveIsRefusedWhereItIsCutShort) {
  Start();
  Greet();
  edge_->Send(Request(1));
  edge_->SendChunk(1, InputBytes().substr(0, 100));
  edge_->Send(wire::End{1, {100}});
  EXPECT_EQ(WaitForRefusal().code, Code(absl::StatusCode::kInvalidArgument));
  EXPECT_EQ(edge_->All<wire::Refusal>()[0].request, 1);
  edge_->Send(wire::End{2, {100}});
  EXPECT_EQ(WaitForRefusal(2).request, 0) << "of a request that nobody announced";
}

TEST_F(GatewayTest, AnOpenRequestIsAnsweredAfterItsEnd) {
  Start();
  Greet();
  const std::string bytes = InputBytes();
  wire::Request request = Request(1);
  request.open = true;
  edge_->Send(request);
  edge_->SendChunk(1, bytes.substr(0, 100));
  edge_->SendChunk(1, bytes.substr(100), /*offset=*/100);
  Settle(2);
  EXPECT_THAT(Answered(), ElementsAre(2)) << "its end is still to come";
  edge_->Send(wire::End{1, {bytes.size()}});
  ASSERT_TRUE(RunUntil(io_, [&] { return Answered().size() == 2; }));
  const auto results = edge_->All<wire::Result>();
  EXPECT_EQ(results[1].tolerance, 0);
  EXPECT_GE(results[1].busy_us, results[1].decode_us + results[1].tail_us);
}

TEST_F(GatewayTest, AnOpenRequestMayHaveFewerBytesThanWereAnnounced) {
  Start();
  Greet();
  const Encoded encoded = Ramp("int8/dense");
  wire::Request request = Request(1);
  request.open = true;
  request.tensors = {encoded.description};
  request.tensors[0].encoded_bytes += 1'000;
  for (uint64_t id = 1; id <= 2; ++id) {  // in several chunks, and in one
    request.id = id;
    edge_->Send(request);
    const std::string bytes = TextOf(encoded.bytes);
    const size_t first = id == 1 ? 20 : bytes.size();
    edge_->SendChunk(id, bytes.substr(0, first));
    if (first < bytes.size()) {
      edge_->SendChunk(id, bytes.substr(first), first);
    }
    edge_->Send(wire::End{id, {bytes.size()}});
  }
  ASSERT_TRUE(RunUntil(io_, [&] { return Answered().size() == 2; }));
  EXPECT_THAT(edge_->All<wire::Refusal>(), IsEmpty());
}

TEST_F(GatewayTest, AnOpenRequestThatIsCutShortSaysSo) {
  Start();
  Greet();
  const Encoded encoded = Ramp("int8/progressive");
  const std::string bytes = TextOf(encoded.bytes).substr(0, encoded.bytes.size() / 2);
  wire::Request request = Request(1);
  request.open = true;
  request.tensors = {encoded.description};
  edge_->Send(request);
  edge_->SendChunk(1, bytes);
  edge_->Send(wire::End{1, {bytes.size()}, 1});
  request.id = 2;
  edge_->Send(request);
  edge_->SendChunk(2, bytes);
  edge_->Send(wire::End{2, {bytes.size()}});  // as if it were the whole
  EXPECT_EQ(WaitForRefusal().request, 2);
  EXPECT_EQ(edge_->All<wire::Refusal>()[0].code, Code(absl::StatusCode::kDataLoss));
  ASSERT_TRUE(RunUntil(io_, [&] { return !Answered().empty(); }));
  EXPECT_GT(edge_->All<wire::Result>()[0].tolerance, 0);
}

TEST_F(GatewayTest, ASecondEndRefusesTheRequest) {
  Start();
  Greet();
  Submit(1);  // runs meanwhile
  wire::Request request = Request(2);
  request.open = true;
  edge_->Send(request);
  edge_->SendChunk(2, InputBytes());
  edge_->Send(wire::End{2, {kInput}});
  edge_->Send(wire::End{2, {kInput}});
  EXPECT_EQ(WaitForRefusal().request, 2);
  Settle(3);
  EXPECT_THAT(Answered(), ElementsAre(1, 3));
}

TEST_F(GatewayTest, AnOpenRequestInASessionOfVersionTwoEndsIt) {
  Start();
  wire::Hello hello = Hello();
  hello.protocol = {1, 2};
  edge_->Send(hello);
  Settle(1);  // is served whole
  wire::Request request = Request(2);
  request.open = true;
  edge_->Send(request);
  EXPECT_THAT(WaitForRefusal().reason, HasSubstr("protocol version 2"));
  EXPECT_EQ(edge_->All<wire::Refusal>()[0].request, 0);
}

TEST_F(GatewayTest, ADamagedFirstChunkIsRefusedBeforeTheLastIsSent) {
  Start();
  Greet();
  const Encoded encoded = Ramp("int8/dense");
  std::string bytes = TextOf(encoded.bytes);
  bytes[0] = '\x7f';
  wire::Request request = Request(1);
  request.tensors = {encoded.description};
  edge_->Send(request);
  edge_->SendChunk(1, bytes.substr(0, 20));
  EXPECT_EQ(WaitForRefusal().code, Code(absl::StatusCode::kDataLoss));
  EXPECT_EQ(edge_->All<wire::Refusal>()[0].request, 1);
  edge_->SendChunk(1, bytes.substr(20), /*offset=*/20);  // was on its way
  Settle(2);
  EXPECT_EQ(edge_->All<wire::Refusal>().size(), 1);
}

TEST_F(GatewayTest, WhatIsDecodedMeanwhileEndsWithItsRequestOrItsSession) {
  Start();
  Greet();
  for (uint64_t id = 1; id <= 3; ++id) {
    edge_->Send(Request(id));
    edge_->SendChunk(id, InputBytes().substr(0, 100));
  }
  edge_->Send(wire::Cancel{1});
  edge_->SendChunk(2, "x", /*offset=*/7);
  EXPECT_EQ(WaitForRefusal().request, 2);
  Greet(6 << 8);
  Settle(4);
  edge_->Send(Request(5));
  edge_->SendChunk(5, InputBytes().substr(0, 100));
  edge_->SendRaw("no header at all");
  EXPECT_EQ(WaitForRefusal(2).request, 0);
  EXPECT_THAT(Answered(), ElementsAre(4));
  gateway_.reset();  // with nothing left to run
}

TEST_F(GatewayTest, WithoutRoomToDecodeMeanwhileItIsDecodedWhenItHasCome) {
  GatewayOptions options;
  options.peer.max_inflight = kInput + 100;
  Start(options);
  Greet();
  for (uint64_t id = 1; id <= 2; ++id) {
    edge_->Send(Request(id));
    edge_->SendChunk(id, InputBytes().substr(0, 100));
    edge_->SendChunk(id, InputBytes().substr(100), /*offset=*/100);
    ASSERT_TRUE(RunUntil(io_, [&] { return Answered().size() == id; }));
  }
}

TEST_F(GatewayTest, TheAnswerIsTheSameHoweverTheRequestCame) {
  Start();
  Greet();
  const Encoded encoded = Ramp("int4/dense");
  const std::string bytes = TextOf(encoded.bytes);
  wire::Request request = Request(1);
  request.tensors = {encoded.description};
  edge_->Send(request);
  edge_->SendChunk(1, bytes);
  request.id = 2;
  request.open = true;
  request.tensors[0].encoded_bytes += 50;
  edge_->Send(request);
  for (size_t at = 0; at < bytes.size(); ++at) {
    edge_->SendChunk(2, bytes.substr(at, 1), at);
  }
  edge_->Send(wire::End{2, {bytes.size()}});
  ASSERT_TRUE(RunUntil(io_, [&] { return edge_->All<wire::Chunk>().size() == 2; }));
  const auto chunks = edge_->All<wire::Chunk>();
  EXPECT_EQ(chunks[0].crc32, chunks[1].crc32);
}
}  // namespace
}  // namespace tideline
