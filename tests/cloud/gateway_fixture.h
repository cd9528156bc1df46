#pragma once

#include <cstdint>
#include <memory>
#include <string>
#include <utility>
#include <vector>

#include <boost/asio/io_context.hpp>
#include <gtest/gtest.h>

#include "cloud/gateway.h"
#include "protocol/codec/codec.h"
#include "protocol/transport/loopback.h"
#include "tests/cloud/hand_edge.h"
#include "tests/protocol/transport/loop.h"

namespace tideline {

constexpr uint64_t kSession = 5 << 8;
constexpr size_t kInput = 64 * sizeof(float) + 4;  // encoded bytes of mlp's cut `input`

// Zeros for mlp's cut `input`, as codec fp32/stored has them.
Encoded Input();
std::string InputBytes();
// -20 to 43 for it.
Encoded Ramp(const char* codec);
std::string TextOf(const Bytes& bytes);

inline int Code(absl::StatusCode code) { return static_cast<int>(code); }

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

// A gateway and an edge that is moved by hand, on one loop.
class GatewayTest : public testing::Test {
 protected:
  void SetUp() override;
  void ReadProfiles();  // one of mlp
  void Start(GatewayOptions options = {});

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
  CloudMonitor monitor_{"1"};
  std::unique_ptr<Worker> worker_;
  std::unique_ptr<Gateway> gateway_;
  std::unique_ptr<HandEdge> edge_;
};

}  // namespace tideline
