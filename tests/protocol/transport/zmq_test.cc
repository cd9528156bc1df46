#include "protocol/transport/zmq.h"

#include <array>
#include <filesystem>
#include <fstream>
#include <zmq.h>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "protocol/messages.h"
#include "protocol/zeromq/socket.h"
#include "tests/protocol/transport/loop.h"

namespace tideline {
namespace {

namespace fs = std::filesystem;
using security::GenerateKeyPair;
using security::KeyPair;
using testing::AnyOf;
using testing::HasSubstr;

// Real sockets on loopback TCP, ports chosen by the system.
class ZmqTest : public testing::Test {
 protected:
  void SetUp() override {
    std::string pattern = testing::TempDir() + "tideline-zmq-XXXXXX";
    allow_list_ = ::mkdtemp(pattern.data());
    Admit("kitchen", edge_keys_);
  }
  void TearDown() override { fs::remove_all(allow_list_); }

  void Admit(const std::string& name, const KeyPair& keys) const {
    std::ofstream(allow_list_ + "/" + name + ".key") << keys.public_key << "\n";
  }

  void StartServer(const std::string& address = "tcp://127.0.0.1:0") {
    auto server = MakeZmqServer(io_, {.address = address,
                                      .security = ServerSecurity{cloud_keys_, allow_list_},
                                      .max_peers = max_peers_});
    ASSERT_TRUE(server.ok()) << server.status();
    server_ = *std::move(server);
    server_->SetHandler(&cloud_);
  }
  std::unique_ptr<Transport> Connect(const KeyPair& keys, const std::string& server_key,
                                     FrameHandler* handler) {
    auto client = MakeZmqClient(
        io_, {.address = server_->address(), .security = ClientSecurity{keys, server_key}});
    EXPECT_TRUE(client.ok()) << client.status();
    (*client)->SetHandler(handler);
    return *std::move(client);
  }
  std::unique_ptr<Transport> ConnectEdge() {
    return Connect(edge_keys_, cloud_keys_.public_key, &edge_);
  }
  bool Run(const std::function<bool()>& condition) { return RunUntil(io_, condition); }

  // Sends, and lets the loop turn where the queue is full.
  void SendAll(Transport& transport, PeerId peer, Frame frame) {
    absl::Status status;
    ASSERT_TRUE(Run([&] {
      status = transport.Send(peer, frame);
      return !absl::IsResourceExhausted(status);
    }));
    ASSERT_TRUE(status.ok()) << status;
  }

  const KeyPair cloud_keys_ = *GenerateKeyPair();
  const KeyPair edge_keys_ = *GenerateKeyPair();
  std::string allow_list_;
  size_t max_peers_ = 1024;
  boost::asio::io_context io_;
  Recorder cloud_;
  Recorder edge_;
  std::unique_ptr<ServerTransport> server_;
};

TEST_F(ZmqTest, AnAdmittedKeyPassesUnderItsName) {
  StartServer();
  const auto edge = ConnectEdge();
  ASSERT_TRUE(Run([&] { return edge_.connected == 1; }));
  ASSERT_TRUE(edge->Send(kServer, {"header", Bytes::Own("payload")}).ok());
  ASSERT_TRUE(Run([&] { return cloud_.frames.size() == 1; }));
  EXPECT_EQ(cloud_.peers[0].user, "kitchen");
  EXPECT_EQ(cloud_.frames[0].header, "header");
  EXPECT_EQ(Text(cloud_.frames[0].payload), "payload");
  ASSERT_TRUE(server_->Send(cloud_.peers[0].id, {"answer", {}}).ok());
  ASSERT_TRUE(Run([&] { return edge_.frames.size() == 1; }));
  EXPECT_EQ(edge_.frames[0].header, "answer");
  EXPECT_EQ(edge_.frames[0].payload.size(), 0U);
}

TEST_F(ZmqTest, AWrongServerKeyFailsAndBothSidesSayWhy) {
  StartServer();
  testing::internal::CaptureStderr();
  const auto edge = Connect(edge_keys_, GenerateKeyPair()->public_key, &edge_);
  ASSERT_TRUE(
      Run([&] { return edge_.disconnected > 0 && server_->counts().handshakes_failed > 0; }));
  const std::string log = testing::internal::GetCapturedStderr();
  EXPECT_EQ(edge_.connected, 0);
  EXPECT_FALSE(edge_.reason.empty());
  EXPECT_THAT(log, HasSubstr("cloud_disconnected"));
  EXPECT_THAT(log, HasSubstr("handshake_failed"));
  EXPECT_THAT(log, HasSubstr("wrong server key"));
}

TEST_F(ZmqTest, AKeyThatIsNotListedIsRefusedByName) {
  StartServer();
  testing::internal::CaptureStderr();
  const KeyPair stranger = *GenerateKeyPair();
  const auto edge = Connect(stranger, cloud_keys_.public_key, &edge_);
  ASSERT_TRUE(
      Run([&] { return edge_.disconnected > 0 && server_->counts().handshakes_failed > 0; }));
  const std::string log = testing::internal::GetCapturedStderr();
  EXPECT_EQ(edge_.connected, 0);
  EXPECT_THAT(edge_.reason, HasSubstr("not admitted"));
  EXPECT_THAT(log, HasSubstr("edge_refused"));
  EXPECT_THAT(log, HasSubstr(stranger.public_key));
}

TEST_F(ZmqTest, AKeyIsAdmittedWithoutARestartOnceItIsListed) {
  StartServer();
  const KeyPair late = *GenerateKeyPair();
  const auto edge = Connect(late, cloud_keys_.public_key, &edge_);
  ASSERT_TRUE(Run([&] { return edge_.disconnected > 0; }));
  Admit("garden", late);
  ASSERT_TRUE(Run([&] { return edge_.connected == 1; }));
}

TEST_F(ZmqTest, APlainClientIsRefused) {
  StartServer();
  auto plain = MakeZmqClient(io_, {.address = server_->address()});
  ASSERT_TRUE(plain.ok()) << plain.status();
  (*plain)->SetHandler(&edge_);
  ASSERT_TRUE(Run([&] { return server_->counts().handshakes_failed > 0; }));
  EXPECT_EQ(edge_.connected, 0);
  EXPECT_EQ((*plain)->Send(kServer, {"header", {}}).code(), absl::StatusCode::kUnavailable);
}

TEST_F(ZmqTest, WithoutAnAllowListTheServerDoesNotStart) {
  const auto server =
      MakeZmqServer(io_, {.address = "tcp://127.0.0.1:0",
                          .security = ServerSecurity{cloud_keys_, allow_list_ + "/absent"}});
  EXPECT_EQ(server.status().code(), absl::StatusCode::kNotFound);
}

TEST_F(ZmqTest, WithAKeyThatIsNoneNeitherSideStarts) {
  const KeyPair bad = {"short", "short"};
  EXPECT_FALSE(MakeZmqServer(io_, {.address = "tcp://127.0.0.1:0",
                                   .security = ServerSecurity{bad, allow_list_}})
                   .ok());
  EXPECT_FALSE(
      MakeZmqClient(io_, {.address = "tcp://127.0.0.1:1", .security = ClientSecurity{bad, "x"}})
          .ok());
}

TEST_F(ZmqTest, PlaintextIsForLoopbackAlone) {
  for (const std::string address :
       {"tcp://0.0.0.0:0", "tcp://*:0", "tcp://10.0.0.1:8002", "tcp://example.org:8002"}) {
    EXPECT_EQ(MakeZmqServer(io_, {.address = address}).status().code(),
              absl::StatusCode::kInvalidArgument)
        << address;
    EXPECT_EQ(MakeZmqClient(io_, {.address = address}).status().code(),
              absl::StatusCode::kInvalidArgument)
        << address;
  }
  EXPECT_TRUE(MakeZmqServer(io_, {.address = "tcp://127.0.0.1:0"}).ok());
}

TEST_F(ZmqTest, AddressesThatAreNoneAreRefused) {
  for (const std::string address : {"", "127.0.0.1:1", "ipc:///tmp/x", "tcp://127.0.0.1",
                                    "tcp://127.0.0.1:x", "tcp://127.0.0.1:70000", "tcp://:80"}) {
    EXPECT_EQ(MakeZmqClient(io_, {.address = address}).status().code(),
              absl::StatusCode::kInvalidArgument)
        << address;
  }
}

TEST_F(ZmqTest, ATakenPortIsUnavailable) {
  StartServer();
  const auto second = MakeZmqServer(
      io_, {.address = server_->address(), .security = ServerSecurity{cloud_keys_, allow_list_}});
  EXPECT_EQ(second.status().code(), absl::StatusCode::kUnavailable);
}

TEST_F(ZmqTest, TheClientComesBackToAServerThatRestarted) {
  StartServer();
  const std::string address = server_->address();
  const auto edge = ConnectEdge();
  ASSERT_TRUE(Run([&] { return edge_.connected == 1; }));
  server_.reset();
  ASSERT_TRUE(Run([&] { return edge_.disconnected == 1; }));
  EXPECT_EQ(edge->Send(kServer, {"lost", {}}).code(), absl::StatusCode::kUnavailable);
  StartServer(address);
  ASSERT_TRUE(Run([&] { return edge_.connected == 2; }));
  ASSERT_TRUE(edge->Send(kServer, {"again", {}}).ok());
  ASSERT_TRUE(Run([&] { return !cloud_.frames.empty(); }));
  EXPECT_EQ(cloud_.frames[0].header, "again");  // nothing stale before it
}

TEST_F(ZmqTest, TenThousandFramesComeInOrder) {
  constexpr size_t kFrames = 10'000;
  StartServer();
  const auto edge = ConnectEdge();
  ASSERT_TRUE(Run([&] { return edge_.connected == 1; }));
  for (size_t i = 0; i < kFrames; ++i) {
    SendAll(*edge, kServer, {std::to_string(i), Bytes::Own(std::string(i % 300, 'x'))});
  }
  ASSERT_TRUE(Run([&] { return cloud_.frames.size() == kFrames; }));
  for (size_t i = 0; i < kFrames; ++i) {
    ASSERT_EQ(cloud_.frames[i].header, std::to_string(i));
    ASSERT_EQ(cloud_.frames[i].payload.size(), i % 300);
  }
}

// Each burst is more than a turn's 64 messages, and each side sends while it receives: a wake-up
// that a send swallows would stop it here.
TEST_F(ZmqTest, BurstsBothWaysLoseNoWakeUp) {
  constexpr size_t kBursts = 50;
  constexpr size_t kBurst = 100;
  StartServer();
  const auto edge = ConnectEdge();
  cloud_.on_frame = [&] {
    EXPECT_TRUE(server_->Send(cloud_.peers.back().id, cloud_.frames.back()).ok());
  };
  ASSERT_TRUE(Run([&] { return edge_.connected == 1; }));
  for (size_t burst = 1; burst <= kBursts; ++burst) {
    for (size_t i = 0; i < kBurst; ++i) {
      SendAll(*edge, kServer, {"ping", {}});
    }
    ASSERT_TRUE(Run([&] { return edge_.frames.size() == burst * kBurst; })) << burst;
  }
}

TEST_F(ZmqTest, TheLargestFramePassesAndALargerOneIsRefusedBySend) {
  StartServer();
  const auto edge = ConnectEdge();
  ASSERT_TRUE(Run([&] { return edge_.connected == 1; }));
  const std::string header(wire::kMaxHeader, 'h');
  const std::string payload(wire::kMaxChunk, 'p');
  ASSERT_TRUE(edge->Send(kServer, {header, Bytes::Own(payload)}).ok());
  ASSERT_TRUE(Run([&] { return cloud_.frames.size() == 1; }));
  EXPECT_EQ(Text(cloud_.frames[0].payload), payload);
  EXPECT_EQ(edge->Send(kServer, {header + "h", {}}).code(), absl::StatusCode::kInvalidArgument);
  EXPECT_EQ(edge->Send(kServer, {header, Bytes::Own(payload + "p")}).code(),
            absl::StatusCode::kInvalidArgument);
  EXPECT_EQ(edge->Send(kServer, {"", {}}).code(), absl::StatusCode::kInvalidArgument);
}

TEST_F(ZmqTest, HostileFramesAreCountedAndEndTheirPeer) {
  auto server = MakeZmqServer(io_, {.address = "tcp://127.0.0.1:0"});
  ASSERT_TRUE(server.ok());
  (*server)->SetHandler(&cloud_);
  const auto raw =
      *zeromq::Socket::Open(io_, *zeromq::Context::Make(/*needs_curve=*/false), ZMQ_DEALER);
  ASSERT_TRUE(raw->Connect((*server)->address()).ok());
  const std::string oversize(wire::kMaxHeader + 1, 'h');
  const std::vector<std::vector<std::string_view>> messages = {
      {"good", "payload"}, {"one", "two", "three"}, {""}, {oversize}, {"good again"}};
  for (const auto& parts : messages) {
    ASSERT_TRUE(raw->Send(parts).ok());
  }
  const std::vector<std::string_view> many(100, "part");
  ASSERT_TRUE(raw->Send(many).ok());
  ASSERT_TRUE(Run([&] { return (*server)->counts().frames_received == 6; }));
  EXPECT_EQ((*server)->counts().frames_refused, 4U);
  ASSERT_EQ(cloud_.frames.size(), 2U);
  EXPECT_NE(cloud_.peers[0].id, cloud_.peers[1].id);
  EXPECT_EQ((*server)->Send(cloud_.peers[0].id, {"late", {}}).code(),
            absl::StatusCode::kUnavailable);
}

TEST_F(ZmqTest, ADroppedPeerIsUnavailableAndAnotherWhenItSpeaksAgain) {
  StartServer();
  const auto edge = ConnectEdge();
  ASSERT_TRUE(Run([&] { return edge_.connected == 1; }));
  ASSERT_TRUE(edge->Send(kServer, {"first", {}}).ok());
  ASSERT_TRUE(Run([&] { return cloud_.frames.size() == 1; }));
  server_->Drop(cloud_.peers[0].id);
  EXPECT_EQ(server_->Send(cloud_.peers[0].id, {"late", {}}).code(), absl::StatusCode::kUnavailable);
  ASSERT_TRUE(edge->Send(kServer, {"second", {}}).ok());
  ASSERT_TRUE(Run([&] { return cloud_.frames.size() == 2; }));
  EXPECT_NE(cloud_.peers[0].id, cloud_.peers[1].id);
}

TEST_F(ZmqTest, AClientThatDropsTheServerConnectsAnew) {
  StartServer();
  const auto edge = ConnectEdge();
  ASSERT_TRUE(Run([&] { return edge_.connected == 1; }));
  edge->Drop(kServer);
  EXPECT_EQ(edge->Send(kServer, {"early", {}}).code(), absl::StatusCode::kUnavailable);
  ASSERT_TRUE(Run([&] { return edge_.connected == 2; }));
  EXPECT_EQ(edge_.disconnected, 0);
}

TEST_F(ZmqTest, AFullTableGivesAUsersOwnOldestPlaceAndNobodyElses) {
  max_peers_ = 1;
  StartServer();
  const KeyPair other_keys = *GenerateKeyPair();
  Admit("garden", other_keys);
  const auto first = ConnectEdge();
  ASSERT_TRUE(Run([&] { return edge_.connected == 1; }));
  ASSERT_TRUE(first->Send(kServer, {"first", {}}).ok());
  ASSERT_TRUE(Run([&] { return cloud_.frames.size() == 1; }));
  Recorder second_handler;
  const auto second = Connect(edge_keys_, cloud_keys_.public_key, &second_handler);
  ASSERT_TRUE(Run([&] { return second_handler.connected == 1; }));
  ASSERT_TRUE(second->Send(kServer, {"second", {}}).ok());
  ASSERT_TRUE(Run([&] { return cloud_.frames.size() == 2; }));
  Recorder other_handler;
  const auto other = Connect(other_keys, cloud_keys_.public_key, &other_handler);
  ASSERT_TRUE(Run([&] { return other_handler.connected == 1; }));
  ASSERT_TRUE(other->Send(kServer, {"other", {}}).ok());
  ASSERT_TRUE(Run([&] { return server_->counts().peers_refused == 1; }));
  EXPECT_EQ(cloud_.frames.size(), 2U);
}

TEST_F(ZmqTest, EndingWhileFramesAreQueuedDoesNotHang) {
  StartServer();
  auto edge = ConnectEdge();
  ASSERT_TRUE(Run([&] { return edge_.connected == 1; }));
  for (int i = 0; i < 100; ++i) {
    ASSERT_TRUE(edge->Send(kServer, {"chunk", Bytes::Own(std::string(100'000, 'x'))}).ok());
  }
  edge.reset();
  server_.reset();
  io_.poll();
}

TEST_F(ZmqTest, AHandlerMayEndItsOwnTransport) {
  StartServer();
  const auto edge = ConnectEdge();
  ASSERT_TRUE(Run([&] { return edge_.connected == 1; }));
  cloud_.on_frame = [&] { server_.reset(); };
  ASSERT_TRUE(edge->Send(kServer, {"the end", {}}).ok());
  ASSERT_TRUE(Run([&] { return server_ == nullptr; }));
  ASSERT_TRUE(Run([&] { return edge_.disconnected == 1; }));
}

}  // namespace
}  // namespace tideline
