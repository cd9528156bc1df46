#include <csignal>
#include <filesystem>
#include <fstream>
#include <memory>
#include <optional>
#include <string>
#include <thread>
#include <utility>

#include <boost/asio/io_context.hpp>
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "common/program/frontier.h"
#include "partitioner/exchange/fetch_profile.h"
#include "partitioner/exchange/profile_server.h"
#include "partitioner/exchange/serve_profiles.h"
#include "protocol/client/session.h"
#include "protocol/security/keys.h"
#include "protocol/transport/loopback.h"
#include "tests/protocol/transport/loop.h"

namespace tideline {
namespace {

namespace fs = std::filesystem;
using testing::ElementsAre;
using testing::HasSubstr;

Sha256Digest DigestOf(uint8_t byte) {
  Sha256Digest digest;
  digest.fill(byte);
  return digest;
}

wire::ModelIdentity Identity(uint8_t byte = 0xaa) {
  return {
      .name = "net", .version = 1, .sha256 = DigestOf(byte), .frontier_hash = DigestOf(byte + 1)};
}

Profile ProfileOf(const wire::ModelIdentity& model) {
  Profile profile{.device = "board", .cpu = "Cortex-A76", .governor = "performance"};
  profile.model = {model.name, ToHex(model.sha256), kFrontierRule, ToHex(model.frontier_hash)};
  EngineProfile engine{.engine = "aten", .precision = "f32", .threads = 1};
  engine.whole_ns = {9e6, 8e6, 1e7};
  profile.engines = {engine};
  return profile;
}

class ExchangeTest : public testing::Test {
 protected:
  void SetUp() override {
    std::string pattern = testing::TempDir() + "tideline-exchange-XXXXXX";
    folder_ = ::mkdtemp(pattern.data());
    text_ = FormatProfile(ProfileOf(Identity()));
    Write("net.json", text_);
  }
  void TearDown() override { fs::remove_all(folder_); }

  std::string Path(const std::string& name) const { return folder_ + "/" + name; }
  void Write(const std::string& name, const std::string& text) const {
    std::ofstream(Path(name)) << text;
  }
  ServedProfiles Served() const {
    auto served = ServedProfiles::ReadFolder(folder_);
    EXPECT_TRUE(served.ok()) << served.status();
    return *std::move(served);
  }

  std::string folder_;
  std::string text_;
};

TEST_F(ExchangeTest, EveryProfileOfAFolderIsServedToItsModelAlone) {
  Write("other.json", FormatProfile(ProfileOf(Identity(7))));
  Write("notes.txt", "no profile");
  const ServedProfiles served = Served();
  EXPECT_THAT(served.models(), ElementsAre("net", "net"));
  EXPECT_NE(served.Find(DigestOf(7), DigestOf(8)), nullptr);
  EXPECT_EQ(served.Find(DigestOf(7), DigestOf(9)), nullptr) << "another table of cuts";
  const ServedProfile* found = served.Find(DigestOf(0xaa), DigestOf(0xab));
  ASSERT_NE(found, nullptr);
  EXPECT_EQ(*DecodeProfileText({found->description}, {found->encoded}), text_);
}

TEST_F(ExchangeTest, AFolderThatCannotBeServedSaysWhy) {
  EXPECT_THAT(ServedProfiles::ReadFolder("")->models(), ElementsAre());
  EXPECT_TRUE(absl::IsNotFound(ServedProfiles::ReadFolder(Path("none")).status()));
  Write("twice.json", text_);
  EXPECT_THAT(ServedProfiles::ReadFolder(folder_).status().message(),
              HasSubstr("is of model net, as is"));
  Write("twice.json", "{");
  EXPECT_THAT(ServedProfiles::ReadFolder(folder_).status().message(), HasSubstr("twice.json"));
  for (size_t i = 0; i < ServedProfiles::kMostFiles; ++i) {
    Write(std::to_string(i) + ".json", "{");
  }
  EXPECT_TRUE(absl::IsResourceExhausted(ServedProfiles::ReadFolder(folder_).status()));
}

TEST_F(ExchangeTest, AnAnswerThatIsNoProfileIsRefused) {
  const ServedProfiles served = Served();
  const ServedProfile* found = served.Find(DigestOf(0xaa), DigestOf(0xab));
  ASSERT_NE(found, nullptr);
  const EncodedTensor good = found->description;
  EXPECT_FALSE(DecodeProfileText({}, {}).ok());
  EXPECT_FALSE(DecodeProfileText({good, good}, {found->encoded, found->encoded}).ok());
  EncodedTensor floats = good;
  floats.dtype = DType::kFloat32;
  EXPECT_TRUE(absl::IsInvalidArgument(DecodeProfileText({floats}, {found->encoded}).status()));
  EncodedTensor large = good;
  large.shape = {int64_t{kMaxProfileBytes} + 1};
  EXPECT_TRUE(absl::IsResourceExhausted(DecodeProfileText({large}, {found->encoded}).status()));
  EncodedTensor longer = good;
  longer.shape = {good.shape[0] + 1};
  EXPECT_TRUE(absl::IsDataLoss(DecodeProfileText({longer}, {found->encoded}).status()));
}

// With a session of our own over a transport in this process.
class ProfileServerTest : public ExchangeTest {
 protected:
  void Start(std::vector<wire::ModelIdentity> models) {
    served_ = Served();
    server_ = std::make_unique<ProfileServer>(*transport_, served_, "board");
    session_ = MakeSession(io_, hub_.MakeClient("edge-1"),
                           {.edge = "tideline",
                            .isa = "any",
                            .frontier_rule = {kFrontierRule, kFrontierRule},
                            .models = std::move(models),
                            .retry_first = absl::Milliseconds(10)});
    ASSERT_TRUE(RunUntil(io_, [&] { return session_->state() == LinkState::kReady; }));
  }

  absl::StatusOr<Reply> Ask(uint16_t model) {
    std::optional<absl::StatusOr<Reply>> answer;
    session_->AskProfile(model, absl::InfiniteDuration(),
                         [&](absl::StatusOr<Reply> reply) { answer = std::move(reply); });
    EXPECT_FALSE(answer.has_value()) << "never before it returns";
    EXPECT_TRUE(RunUntil(io_, [&] { return answer.has_value(); }));
    return answer ? *std::move(answer) : Unavailable("no answer");
  }

  boost::asio::io_context io_;
  LoopbackHub hub_{io_};
  std::unique_ptr<Transport> transport_ = hub_.MakeServer();
  ServedProfiles served_;
  std::unique_ptr<ProfileServer> server_;
  std::unique_ptr<Session> session_;
};

TEST_F(ProfileServerTest, AProfileComesAsItIs) {
  Start({Identity(7), Identity()});
  const absl::StatusOr<Reply> reply = Ask(1);
  ASSERT_TRUE(reply.ok()) << reply.status();
  EXPECT_EQ(*DecodeProfileText(reply->tensors, reply->encoded), text_);
  EXPECT_TRUE(Ask(1).ok()) << "and again";
}

TEST_F(ProfileServerTest, WhatIsNotThereIsRefusedAndTheSessionGoesOn) {
  Start({Identity(7), Identity()});
  EXPECT_THAT(Ask(0).status().message(), HasSubstr("no profile of this very model 'net'"));
  EXPECT_TRUE(absl::IsNotFound(Ask(0).status()));
  EXPECT_TRUE(absl::IsFailedPrecondition(Ask(2).status())) << "a model of a hello with two";
  EXPECT_TRUE(Ask(1).ok());
}

TEST_F(ProfileServerTest, ItRunsNoNetwork) {
  Start({Identity()});
  EXPECT_TRUE(absl::IsFailedPrecondition(session_->ModelReady(0)));
}

// Written by hand, message by message.
class StrangerTest : public ProfileServerTest {
 protected:
  void SetUp() override {
    ProfileServerTest::SetUp();
    served_ = Served();
    server_ = std::make_unique<ProfileServer>(*transport_, served_, "board");
    stranger_ = hub_.MakeClient("stranger");
    stranger_->SetHandler(&seen_);
    ASSERT_TRUE(RunUntil(io_, [&] { return seen_.connected == 1; }));
  }
  void TearDown() override {
    stranger_->SetHandler(nullptr);
    ProfileServerTest::TearDown();
  }

  void SendRaw(std::string header) {
    ASSERT_TRUE(stranger_->Send(kServer, {std::move(header), {}}).ok());
  }
  void Send(const wire::Header& header) { SendRaw(wire::EncodeHeader(header).value()); }
  void Greet() {
    Send(wire::Hello{.session = 256,
                     .frontier_rule = {kFrontierRule, kFrontierRule},
                     .edge = "s",
                     .isa = "any",
                     .models = {Identity()}});
    ExpectNext<wire::Welcome>();
  }
  template <typename Kind>
  Kind ExpectNext() {
    EXPECT_TRUE(RunUntil(io_, [&] { return seen_.frames.size() > read_; }));
    const auto header = wire::DecodeHeader(std::as_bytes(std::span(seen_.frames[read_++].header)));
    EXPECT_TRUE(header.ok()) << header.status();
    const Kind* found = header.ok() ? std::get_if<Kind>(&*header) : nullptr;
    EXPECT_NE(found, nullptr) << (header.ok() ? wire::Name(*header) : "");
    return found != nullptr ? *found : Kind{};
  }
  void ExpectBroken(const std::string& why) {
    const auto refusal = ExpectNext<wire::Refusal>();
    EXPECT_EQ(refusal.request, 0);
    EXPECT_THAT(refusal.reason, HasSubstr(why));
  }

  Recorder seen_;
  size_t read_ = 0;
  std::unique_ptr<Transport> stranger_;
};

TEST_F(StrangerTest, NothingComesBeforeTheHello) {
  Send(wire::ProfileRequest{.request = 1});
  ExpectBroken("came before the hello");
  Send(wire::ProfileRequest{.request = 2});  // once is enough
  Greet();
}

TEST_F(StrangerTest, WhatIsNoHeaderEndsTheSession) {
  Greet();
  SendRaw("no header");
  ExpectBroken("header");
  Greet();
}

TEST_F(StrangerTest, ANumberForTheSecondTimeEndsTheSession) {
  Greet();
  Send(wire::ProfileRequest{.request = 5});
  ExpectNext<wire::Result>();
  ExpectNext<wire::Chunk>();
  Send(wire::ProfileRequest{.request = 5});
  ExpectBroken("ids ascend");
}

TEST_F(StrangerTest, ARequestForANetworkEndsTheSession) {
  Greet();
  Send(wire::Request{.id = 1, .cut = "input", .tensors = {EncodedTensor{}}});
  ExpectBroken("runs no network");
}

TEST_F(StrangerTest, AnAckOfMoreThanWasSentEndsTheSession) {
  Greet();
  Send(wire::Ack{.bytes = 1 << 20});
  ExpectBroken("");
}

TEST_F(StrangerTest, ManyStrangersTakeEachOthersPlaces) {
  Greet();
  std::vector<std::unique_ptr<Transport>> crowd;
  std::vector<std::unique_ptr<Recorder>> answers;
  for (size_t i = 0; i < 2 * ProfileServer::kMostPeers; ++i) {
    answers.push_back(std::make_unique<Recorder>());
    crowd.push_back(hub_.MakeClient("stranger-" + std::to_string(i)));
    crowd.back()->SetHandler(answers.back().get());
    ASSERT_TRUE(RunUntil(io_, [&] { return answers.back()->connected == 1; }));
    ASSERT_TRUE(
        crowd.back()->Send(kServer, {wire::EncodeHeader(wire::Goodbye{}).value(), {}}).ok());
    ASSERT_TRUE(RunUntil(io_, [&] { return answers.back()->frames.size() == 1; }));
  }
}

// Real sockets and keys.
class FetchTest : public ExchangeTest {
 protected:
  void SetUp() override {
    ExchangeTest::SetUp();
    fs::create_directory(Path("allow"));
    for (const char* name : {"cloud", "edge", "stranger"}) {
      ASSERT_TRUE(security::WriteKeyPair(*security::GenerateKeyPair(), folder_, name).ok());
    }
    fs::copy_file(Path("edge.key"), Path("allow/edge.key"));
  }

  // Serves until the process is told to end, which `then` is followed by.
  template <typename Then>
  void Serve(Then then) {
    std::thread asking;
    const absl::Status status = ServeProfiles({.address = "tcp://127.0.0.1:0",
                                               .secret = Path("cloud.secret"),
                                               .allow_list = Path("allow"),
                                               .id = "board"},
                                              Served(), [&](const std::string& address) {
                                                asking = std::thread([&then, address] {
                                                  then(address);
                                                  std::raise(SIGTERM);
                                                });
                                              });
    if (asking.joinable()) {
      asking.join();
    }
    EXPECT_TRUE(status.ok()) << status;
  }

  ProfileSource From(const std::string& address, const std::string& secret) const {
    return {.address = address,
            .server_key = Path("cloud.key"),
            .secret = Path(secret),
            .patience = absl::Seconds(40)};
  }
};

TEST_F(FetchTest, AnAdmittedKeyFetchesTheProfile) {
  Serve([&](const std::string& address) {
    const auto text = FetchProfile(From(address, "edge.secret"), Identity());
    ASSERT_TRUE(text.ok()) << text.status();
    EXPECT_EQ(*text, text_);
    EXPECT_TRUE(absl::IsNotFound(FetchProfile(From(address, "edge.secret"), Identity(7)).status()));
  });
}

TEST_F(FetchTest, AKeyThatIsNotListedGetsNothingAndIsToldWhy) {
  Serve([&](const std::string& address) {
    ProfileSource source = From(address, "stranger.secret");
    source.patience = absl::Seconds(2);
    const absl::Status status = FetchProfile(source, Identity()).status();
    EXPECT_TRUE(absl::IsUnavailable(status)) << status;
    EXPECT_THAT(status.message(), HasSubstr("not admitted"));
  });
}

TEST_F(FetchTest, WhatCannotBeIsRefusedBeforeAnythingIsSent) {
  const auto error = [&](ProfileSource source) {
    return std::string(FetchProfile(source, Identity()).status().message());
  };
  EXPECT_THAT(error({.address = "cloud:5600"}), HasSubstr("tcp://"));
  EXPECT_THAT(error({.address = "tcp://cloud.example:5600"}), HasSubstr("give --server-key"));
  EXPECT_THAT(error({.address = "tcp://127.0.0.1:5600", .secret = Path("edge.secret")}),
              HasSubstr("both --server-key and --secret"));
  EXPECT_THAT(error({.address = "tcp://127.0.0.1:5600",
                     .server_key = Path("none.key"),
                     .secret = Path("edge.secret")}),
              HasSubstr("none.key"));
  const auto served = [](ServeOptions options) {
    return std::string(CheckServeOptions(options).message());
  };
  EXPECT_THAT(served({.address = "tcp://0.0.0.0:5600"}), HasSubstr("without --secret"));
  EXPECT_THAT(served({.address = "tcp://0.0.0.0:5600", .secret = "a"}), HasSubstr("give --allow"));
  EXPECT_THAT(served({.address = "5600"}), HasSubstr("--serve"));
}

TEST_F(FetchTest, WithoutKeysThisMachineAloneIsServed) {
  std::thread asking;
  const absl::Status status = ServeProfiles(
      {.address = "tcp://127.0.0.1:0", .id = "board"}, Served(), [&](const std::string& address) {
        asking = std::thread([this, address] {
          const auto text =
              FetchProfile({.address = address, .patience = absl::Seconds(40)}, Identity());
          EXPECT_TRUE(text.ok()) << text.status();
          EXPECT_EQ(text.value_or(""), text_);
          std::raise(SIGTERM);
        });
      });
  asking.join();
  EXPECT_TRUE(status.ok()) << status;
}

}  // namespace
}  // namespace tideline
