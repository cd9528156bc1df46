#include "cloud/gateway.h"

#include <cstdlib>
#include <cstring>
#include <memory>
#include <string>
#include <utility>
#include <vector>

#include <boost/asio/io_context.hpp>
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "common/base/file.h"
#include "common/model/repository.h"
#include "common/program/load.h"
#include "protocol/codec/codec.h"
#include "protocol/transport/loopback.h"
#include "tests/cloud/hand_edge.h"
#include "tests/protocol/transport/loop.h"

namespace tideline {
namespace {

using testing::ElementsAre;
using testing::HasSubstr;
using testing::IsEmpty;
using testing::UnorderedElementsAre;

constexpr uint64_t kSession = 5 << 8;
constexpr size_t kInput = 64 * sizeof(float) + 4;  // encoded bytes of mlp's cut `input`

// Zeros for mlp's cut `input`, as codec fp32/stored has them.
Encoded Input() {
  Tensor zeros = Tensor::Allocate(DType::kFloat32, {1, 64}).value();
  std::memset(zeros.mutable_data(), 0, zeros.nbytes());
  Encoder encoder;
  return EncodeWhole(encoder, zeros, {Quantizer::kFp32, Level::kStored}).value();
}

std::string TextOf(const Bytes& bytes) {
  return {reinterpret_cast<const char*>(bytes.view.data()), bytes.size()};
}

std::string InputBytes() { return TextOf(Input().bytes); }

// -20 to 43 for it.
Encoded Ramp(const char* codec) {
  Tensor ramp = Tensor::Allocate(DType::kFloat32, {1, 64}).value();
  for (int i = 0; i < 64; ++i) {
    reinterpret_cast<float*>(ramp.mutable_data())[i] = static_cast<float>(i) - 20;
  }
  Encoder encoder;
  return EncodeWhole(encoder, ramp, ParseCodecSpec(codec).value()).value();
}

// Counts whom the gateway drops.
class CountingTransport final : public Transport {
 public:
  explicit CountingTransport(std::unique_ptr<Transport> inner) : inner_(std::move(inner)) {}
  void SetHandler(FrameHandler* handler) override { inner_->SetHandler(handler); }
  absl::Status Send(PeerId peer, Frame frame) override {
    return inner_->Send(peer, std::move(frame));
  }
  void Drop(PeerId peer) override {
    ++drops;
    inner_->Drop(peer);
  }

  int drops = 0;

 private:
  std::unique_ptr<Transport> inner_;
};

class GatewayTest : public testing::Test {
 protected:
  void SetUp() override {
    const char* models = std::getenv("TIDELINE_TEST_MODELS");
    if (models == nullptr) {
      GTEST_SKIP() << "TIDELINE_TEST_MODELS is not set: no network to serve";
    }
    // Six operators of 10 ms: what is sent at once waits behind the first request.
    auto loaded = ModelSet::Load(models, {"mlp"}, "fake:10ms", {.threads = 1});
    ASSERT_TRUE(loaded.ok()) << loaded.status();
    models_ = std::make_unique<ModelSet>(*std::move(loaded));
    absl::StatusOr<ModelFiles> files = FindModelIn(models, "mlp");
    ASSERT_TRUE(files.ok()) << files.status();
    const auto program = LoadProgram(files->program);
    ASSERT_TRUE(program.ok()) << program.status();
    identity_ = {.name = "mlp",
                 .version = 1,
                 .sha256 = (*program)->identity,
                 .frontier_hash = FrontierTable(**program).hash()};
  }

  // One of mlp.
  void ReadProfiles() {
    Profile profile{.device = "board", .cpu = "a CPU", .governor = "none"};
    profile.model = {"mlp", ToHex(identity_.sha256), kFrontierRule, ToHex(identity_.frontier_hash)};
    EngineProfile engine{.engine = "aten", .precision = "f32", .threads = 1};
    engine.whole_ns = {3e6, 2e6, 4e6};
    profile.engines = {engine};
    const std::string path = testing::TempDir() + "gateway-test-profile.json";
    ASSERT_TRUE(WriteFileAtomically(path, FormatProfile(profile)).ok());
    auto profiles = ServedProfiles::ReadFiles({path});
    ASSERT_TRUE(profiles.ok()) << profiles.status();
    profiles_ = *std::move(profiles);
  }

  void Start(GatewayOptions options = {}) {
    options.id = "cloud";
    gateway_ = std::make_unique<Gateway>(io_, server_, *models_, profiles_, options);
    edge_ = std::make_unique<HandEdge>(hub_.MakeClient("edge-1"));
    ASSERT_TRUE(RunUntil(io_, [this] { return edge_->connected; }));
  }

  wire::Hello Hello(uint64_t session = kSession) const {
    wire::Hello hello;
    hello.session = session;
    hello.frontier_rule = {kFrontierRule, kFrontierRule};
    hello.edge = "kitchen";
    hello.isa = "any";
    hello.models = {identity_};
    hello.max_tensor = 1 << 20;
    return hello;
  }

  static wire::Request Request(uint64_t id, std::string cut = "input") {
    wire::Request request;
    request.id = id;
    request.cut = std::move(cut);
    request.tensors = {Input().description};
    return request;
  }

  void Greet(uint64_t session = kSession) {
    const size_t before = edge_->All<wire::Welcome>().size();
    edge_->Send(Hello(session));
    ASSERT_TRUE(RunUntil(io_, [&] { return edge_->All<wire::Welcome>().size() > before; }));
  }

  void Submit(uint64_t id) {
    edge_->Send(Request(id));
    edge_->SendChunk(id, InputBytes());
  }

  // Waits for the answer to one more request: everything sent before it has been dealt with.
  void Settle(uint64_t id) {
    Submit(id);
    ASSERT_TRUE(RunUntil(io_, [&] {
      const auto results = edge_->All<wire::Result>();
      return !results.empty() && results.back().request == id;
    }));
  }

  wire::Refusal WaitForRefusal(size_t count = 1) {
    EXPECT_TRUE(RunUntil(io_, [&] { return edge_->All<wire::Refusal>().size() >= count; }));
    const auto refusals = edge_->All<wire::Refusal>();
    return refusals.empty() ? wire::Refusal{} : refusals.back();
  }

  std::vector<uint64_t> Answered() const {
    std::vector<uint64_t> ids;
    for (const wire::Result& result : edge_->All<wire::Result>()) {
      ids.push_back(result.request);
    }
    return ids;
  }

  std::vector<uint64_t> Acknowledged() const {
    std::vector<uint64_t> bytes;
    for (const wire::Ack& ack : edge_->All<wire::Ack>()) {
      bytes.push_back(ack.bytes);
    }
    return bytes;
  }

  boost::asio::io_context io_;
  LoopbackHub hub_{io_};
  CountingTransport server_{hub_.MakeServer()};
  ServedProfiles profiles_;
  std::unique_ptr<ModelSet> models_;
  wire::ModelIdentity identity_;
  std::unique_ptr<Gateway> gateway_;
  std::unique_ptr<HandEdge> edge_;
};

int Code(absl::StatusCode code) { return static_cast<int>(code); }

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

TEST_F(GatewayTest, ARequestAfterTheGoodbyeEndsTheSession) {
  Start();
  Greet();
  edge_->Send(wire::Goodbye{});
  Submit(1);
  EXPECT_THAT(WaitForRefusal().reason, HasSubstr("after the goodbye"));
  EXPECT_THAT(Answered(), IsEmpty());
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

TEST_F(GatewayTest, ItsStatusIsThatOfTheTraffic) {
  Start();
  Greet();
  Settle(1);
  edge_->Send(Request(2, "nonsense"));
  WaitForRefusal();
  const CloudFacts facts = gateway_->Describe();
  EXPECT_EQ(facts.id, "cloud");
  EXPECT_TRUE(facts.health.ready);
  ASSERT_EQ(facts.models.size(), 1);
  EXPECT_EQ(facts.models[0].name, "mlp");
  ASSERT_EQ(facts.edges.size(), 1);
  EXPECT_EQ(facts.edges[0].id, "kitchen");
  EXPECT_EQ(facts.edges[0].user, "edge-1");
  EXPECT_THAT(facts.edges[0].models, ElementsAre("mlp"));
  EXPECT_EQ(facts.edges[0].cut, "input");
  EXPECT_EQ(facts.edges[0].requests, 1);
  EXPECT_EQ(facts.edges[0].bytes_up, kInput);
  const CloudBoard& board = gateway_->board();
  EXPECT_EQ(board.served(), 1);
  EXPECT_EQ(board.refusals()[static_cast<size_t>(RefusalReason::kInvalid)], 1);
  EXPECT_GT(board.bytes_up(), kInput);
  EXPECT_GT(board.times()->p50, absl::ZeroDuration());
  gateway_->Drain([] {});
  EXPECT_FALSE(gateway_->Describe().health.ready);
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

}  // namespace
}  // namespace tideline
