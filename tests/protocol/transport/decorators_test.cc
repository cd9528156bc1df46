#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "protocol/transport/faulty.h"
#include "protocol/transport/loopback.h"
#include "protocol/transport/peer_table.h"
#include "protocol/transport/shaping.h"
#include "tests/protocol/transport/loop.h"

namespace tideline {
namespace {

class LoopbackTest : public testing::Test {
 protected:
  LoopbackTest() : server_(hub_.MakeServer()) { server_->SetHandler(&cloud_); }

  std::unique_ptr<Transport> Connect(std::unique_ptr<Transport> client) {
    client->SetHandler(&edge_);
    EXPECT_TRUE(Run([&] { return edge_.connected > 0; }));
    return client;
  }
  bool Run(const std::function<bool()>& condition) { return RunUntil(io_, condition); }

  boost::asio::io_context io_;
  LoopbackHub hub_{io_};
  Recorder cloud_;
  Recorder edge_;
  std::unique_ptr<Transport> server_;
};

TEST_F(LoopbackTest, FramesGoBothWaysInOrder) {
  const auto edge = Connect(hub_.MakeClient("kitchen"));
  for (int i = 0; i < 100; ++i) {
    ASSERT_TRUE(edge->Send(kServer, {std::to_string(i), Bytes::Own("payload")}).ok());
  }
  ASSERT_TRUE(Run([&] { return cloud_.frames.size() == 100; }));
  EXPECT_EQ(cloud_.frames[99].header, "99");
  EXPECT_EQ(cloud_.peers[0].user, "kitchen");
  ASSERT_TRUE(server_->Send(cloud_.peers[0].id, {"answer", {}}).ok());
  ASSERT_TRUE(Run([&] { return edge_.frames.size() == 1; }));
}

TEST_F(LoopbackTest, TheServersEndAndReturnAreHeard) {
  const auto edge = Connect(hub_.MakeClient("kitchen"));
  ASSERT_TRUE(edge->Send(kServer, {"lost on the way", {}}).ok());
  server_.reset();
  EXPECT_EQ(edge->Send(kServer, {"x", {}}).code(), absl::StatusCode::kUnavailable);
  ASSERT_TRUE(Run([&] { return edge_.disconnected == 1; }));
  server_ = hub_.MakeServer();
  server_->SetHandler(&cloud_);
  ASSERT_TRUE(Run([&] { return edge_.connected == 2; }));
  ASSERT_TRUE(edge->Send(kServer, {"again", {}}).ok());
  ASSERT_TRUE(Run([&] { return !cloud_.frames.empty(); }));
  EXPECT_EQ(cloud_.frames[0].header, "again");
}

TEST_F(LoopbackTest, ADroppedPeerIsAnotherOneWhenItSpeaksAgain) {
  const auto edge = Connect(hub_.MakeClient("kitchen"));
  ASSERT_TRUE(edge->Send(kServer, {"first", {}}).ok());
  ASSERT_TRUE(Run([&] { return cloud_.frames.size() == 1; }));
  server_->Drop(cloud_.peers[0].id);
  EXPECT_EQ(server_->Send(cloud_.peers[0].id, {"x", {}}).code(), absl::StatusCode::kUnavailable);
  ASSERT_TRUE(edge->Send(kServer, {"second", {}}).ok());
  ASSERT_TRUE(Run([&] { return cloud_.frames.size() == 2; }));
  EXPECT_NE(cloud_.peers[0].id, cloud_.peers[1].id);
}

TEST_F(LoopbackTest, WhatIsOnItsWayToAClientThatEndsIsLost) {
  auto edge = Connect(hub_.MakeClient("kitchen"));
  ASSERT_TRUE(edge->Send(kServer, {"x", {}}).ok());
  ASSERT_TRUE(Run([&] { return cloud_.frames.size() == 1; }));
  ASSERT_TRUE(server_->Send(cloud_.peers[0].id, {"answer", {}}).ok());
  edge.reset();
  io_.restart();
  io_.poll();
  EXPECT_TRUE(edge_.frames.empty());
}

class FaultyTest : public LoopbackTest {
 protected:
  // What arrives of `count` frames, and what was done to them.
  FaultCounts SendThrough(const FaultOptions& options, int count) {
    const auto faulty = std::make_unique<FaultyTransport>(io_, hub_.MakeClient("kitchen"), options);
    faulty->SetHandler(&edge_);
    EXPECT_TRUE(Run([&] { return edge_.connected > 0; }));
    for (int i = 0; i < count; ++i) {
      EXPECT_TRUE(faulty->Send(kServer, {std::to_string(i), Bytes::Own("payload")}).ok());
    }
    const FaultCounts counts = faulty->counts();
    const size_t expected = static_cast<size_t>(count) - counts.dropped + counts.duplicated;
    EXPECT_TRUE(Run([&] { return cloud_.frames.size() >= expected; }));
    return counts;
  }
};

TEST_F(FaultyTest, DropsTheShareAndKeepsTheOrderOfTheRest) {
  const FaultCounts counts = SendThrough({.seed = 3, .drop = 0.25}, 1000);
  EXPECT_GT(counts.dropped, 150U);
  EXPECT_LT(counts.dropped, 350U);
  EXPECT_EQ(cloud_.frames.size(), 1000 - counts.dropped);
  for (size_t i = 1; i < cloud_.frames.size(); ++i) {
    EXPECT_LT(std::stoi(cloud_.frames[i - 1].header), std::stoi(cloud_.frames[i].header));
  }
}

TEST_F(FaultyTest, DuplicatesFollowTheirOriginals) {
  SendThrough({.duplicate = 1}, 3);
  ASSERT_EQ(cloud_.frames.size(), 6U);
  EXPECT_EQ(cloud_.frames[2].header, "1");
  EXPECT_EQ(cloud_.frames[3].header, "1");
}

TEST_F(FaultyTest, TruncatesThePayload) {
  SendThrough({.truncate = 1}, 20);
  for (const Frame& frame : cloud_.frames) {
    EXPECT_LT(frame.payload.size(), 7U);
    EXPECT_GT(frame.payload.size(), 0U);
  }
}

TEST_F(FaultyTest, FlipsOneBit) {
  SendThrough({.flip = 1}, 20);
  ASSERT_EQ(cloud_.frames.size(), 20U);
  for (size_t i = 0; i < cloud_.frames.size(); ++i) {
    const std::string sent = std::to_string(i) + "payload";
    const std::string got = cloud_.frames[i].header + Text(cloud_.frames[i].payload);
    ASSERT_EQ(got.size(), sent.size());
    int bits = 0;
    for (size_t at = 0; at < sent.size(); ++at) {
      bits += __builtin_popcount(static_cast<uint8_t>(sent[at] ^ got[at]));
    }
    EXPECT_EQ(bits, 1);
  }
}

TEST_F(FaultyTest, TheSameSeedGivesTheSameFaults) {
  const FaultOptions options = {.seed = 9, .drop = 0.1, .duplicate = 0.2, .flip = 0.3};
  SendThrough(options, 200);
  std::vector<std::string> first;
  for (const Frame& frame : std::exchange(cloud_.frames, {})) {
    first.push_back(frame.header + Text(frame.payload));
  }
  SendThrough(options, 200);
  std::vector<std::string> second;
  for (const Frame& frame : cloud_.frames) {
    second.push_back(frame.header + Text(frame.payload));
  }
  EXPECT_EQ(first, second);
}

TEST_F(FaultyTest, AnUndelayedFrameWaitsForTheDelayedOneBeforeIt) {
  const FaultCounts counts =
      SendThrough({.seed = 5, .delay = 0.5, .delay_time = absl::Milliseconds(5)}, 20);
  EXPECT_GT(counts.delayed, 0U);
  EXPECT_LT(counts.delayed, 20U);
  for (size_t i = 0; i < cloud_.frames.size(); ++i) {
    EXPECT_EQ(cloud_.frames[i].header, std::to_string(i));
  }
}

TEST_F(LoopbackTest, AShapedLinkIsNoFasterThanItsRate) {
  const auto edge = Connect(std::make_unique<ShapingTransport>(
      io_, hub_.MakeClient("kitchen"),
      ShapingOptions{.bits_per_second = 8e6, .burst_bytes = 0, .delay = absl::Milliseconds(20)}));
  const auto start = std::chrono::steady_clock::now();
  for (int i = 0; i < 10; ++i) {
    ASSERT_TRUE(edge->Send(kServer, {"h", Bytes::Own(std::string(9'999, 'x'))}).ok());
  }
  ASSERT_TRUE(Run([&] { return cloud_.frames.size() == 10; }));
  // 100 kB at 1 MB/s and the delay; there is no upper bound to test on a busy machine.
  EXPECT_GE(std::chrono::steady_clock::now() - start, std::chrono::milliseconds(120));
}

TEST_F(LoopbackTest, AShapedLinksQueueIsBoundedAndForgotten) {
  const auto edge = Connect(std::make_unique<ShapingTransport>(
      io_, hub_.MakeClient("kitchen"), ShapingOptions{.bits_per_second = 8, .max_queued = 1000}));
  const Frame frame = {"h", Bytes::Own(std::string(599, 'x'))};
  ASSERT_TRUE(edge->Send(kServer, frame).ok());
  EXPECT_EQ(edge->Send(kServer, frame).code(), absl::StatusCode::kResourceExhausted);
  edge->Drop(kServer);
  EXPECT_TRUE(edge->Send(kServer, frame).ok());
}

TEST_F(LoopbackTest, WhatWaitsGoesOutAtTheNewRate) {
  LinkShape shape(/*bits_per_second=*/8);
  const auto edge = Connect(std::make_unique<ShapingTransport>(
      io_, hub_.MakeClient("kitchen"), ShapingOptions{.burst_bytes = 0}, shape));
  for (int i = 0; i < 10; ++i) {  // more than two hours of it
    ASSERT_TRUE(edge->Send(kServer, {std::to_string(i), Bytes::Own(std::string(999, 'x'))}).ok());
  }
  shape.Set(8e6);
  ASSERT_TRUE(Run([&] { return cloud_.frames.size() == 10; }));
  EXPECT_EQ(cloud_.frames[9].header, "9");
  shape.Set(8);
  ASSERT_TRUE(edge->Send(kServer, {"10", Bytes::Own(std::string(999, 'x'))}).ok());
  shape.Set(0);
  ASSERT_TRUE(edge->Send(kServer, {"11", {}}).ok());
  ASSERT_TRUE(Run([&] { return cloud_.frames.size() == 12; }));
  EXPECT_EQ(cloud_.frames[11].header, "11");
}

TEST_F(LoopbackTest, ALowerRateHoldsBackWhatWaits) {
  LinkShape shape(/*bits_per_second=*/8e6);
  const auto edge = Connect(std::make_unique<ShapingTransport>(
      io_, hub_.MakeClient("kitchen"), ShapingOptions{.burst_bytes = 0}, shape));
  const auto start = std::chrono::steady_clock::now();
  ASSERT_TRUE(edge->Send(kServer, {"h", Bytes::Own(std::string(99'999, 'x'))}).ok());  // 100 ms
  shape.Set(4e6);
  const auto set = std::chrono::steady_clock::now() - start;
  ASSERT_TRUE(Run([&] { return cloud_.frames.size() == 1; }));
  // Twice what was left of it.
  EXPECT_GE(std::chrono::steady_clock::now() - start, std::chrono::milliseconds(200) - set);
}

TEST_F(LoopbackTest, AShapeOutlivesItsLinks) {
  LinkShape shape(8);
  Connect(
      std::make_unique<ShapingTransport>(io_, hub_.MakeClient("kitchen"), ShapingOptions{}, shape))
      .reset();
  shape.Set(16);
  EXPECT_EQ(shape.bits_per_second(), 16);
}

TEST(PeerTable, ARoutingIdOfAnotherUserIsAnotherPeer) {
  PeerTable table(/*limit=*/4);
  const Peer kitchen = *table.Heard("id", "kitchen");
  EXPECT_EQ(table.Heard("id", "kitchen")->id, kitchen.id);
  const Peer garden = *table.Heard("id", "garden");
  EXPECT_NE(garden.id, kitchen.id);
  EXPECT_EQ(table.Routing(kitchen.id), nullptr);
  EXPECT_EQ(*table.Routing(garden.id), "id");
}

TEST(PeerTable, AFullTableEvictsTheSamesUsersMostSilent) {
  PeerTable table(/*limit=*/3);
  const Peer first = *table.Heard("1", "kitchen");
  const Peer second = *table.Heard("2", "kitchen");
  table.Heard("3", "garden");
  table.Heard("1", "kitchen");
  EXPECT_FALSE(table.Heard("4", "cellar").has_value());
  EXPECT_TRUE(table.Heard("5", "kitchen").has_value());
  EXPECT_NE(table.Routing(first.id), nullptr);
  EXPECT_EQ(table.Routing(second.id), nullptr);
  EXPECT_EQ(table.size(), 3U);
}

}  // namespace
}  // namespace tideline
