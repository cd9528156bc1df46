#include "protocol/transport/loopback.h"

#include <map>
#include <utility>

#include <boost/asio/post.hpp>

namespace tideline {
namespace {

class LoopbackServer;
class LoopbackClient;

}  // namespace

// Connections by the id that the server knows them under. What is posted finds its receiver here
// by that id, so that it is lost where the connection or either end is gone.
struct LoopbackHub::State : std::enable_shared_from_this<LoopbackHub::State> {
  explicit State(boost::asio::io_context& loop) : io(loop) {}

  void Attach(LoopbackClient* client);
  PeerId Connect(LoopbackClient* client);
  void Disconnect(LoopbackClient* client);
  void ToServer(PeerId peer, Frame frame);
  absl::Status ToClient(PeerId peer, Frame frame);

  // Runs `function` on the loop with the client behind `peer`, if there still is one.
  template <typename F>
  void PostTo(PeerId peer, F function) {
    boost::asio::post(io, [state = shared_from_this(), peer, function = std::move(function)] {
      if (const auto found = state->connections.find(peer); found != state->connections.end()) {
        function(*state, *found->second);
      }
    });
  }

  boost::asio::io_context& io;
  LoopbackServer* server = nullptr;
  PeerId last_id = kServer;
  std::map<LoopbackClient*, PeerId> clients;  // kServer where not connected
  std::map<PeerId, LoopbackClient*> connections;
};

namespace {

using Hub = LoopbackHub::State;

class LoopbackServer final : public Transport {
 public:
  explicit LoopbackServer(std::shared_ptr<Hub> hub);
  ~LoopbackServer() override;

  void SetHandler(FrameHandler* handler) override { handler_ = handler; }
  absl::Status Send(PeerId peer, Frame frame) override {
    return hub_->ToClient(peer, std::move(frame));
  }
  void Drop(PeerId peer) override;
  FrameHandler* handler() const { return handler_; }

 private:
  std::shared_ptr<Hub> hub_;
  FrameHandler* handler_ = nullptr;
};

class LoopbackClient final : public Transport {
 public:
  LoopbackClient(std::shared_ptr<Hub> hub, std::string user)
      : hub_(std::move(hub)), user_(std::move(user)) {
    hub_->Attach(this);
  }
  ~LoopbackClient() override {
    hub_->Disconnect(this);
    hub_->clients.erase(this);
  }

  void SetHandler(FrameHandler* handler) override { handler_ = handler; }
  absl::Status Send(PeerId /*peer*/, Frame frame) override {
    const PeerId peer = hub_->clients[this];
    if (peer == kServer) {
      return Unavailable("loopback: not connected");
    }
    hub_->ToServer(peer, std::move(frame));
    return absl::OkStatus();
  }
  void Drop(PeerId /*peer*/) override {
    hub_->Disconnect(this);
    hub_->Attach(this);
  }
  FrameHandler* handler() const { return handler_; }
  const std::string& user() const { return user_; }

 private:
  std::shared_ptr<Hub> hub_;
  const std::string user_;
  FrameHandler* handler_ = nullptr;
};

LoopbackServer::LoopbackServer(std::shared_ptr<Hub> hub) : hub_(std::move(hub)) {
  if (hub_->server != nullptr) {
    return;
  }
  hub_->server = this;
  for (const auto& [client, peer] : std::map(hub_->clients)) {
    hub_->Attach(client);
  }
}

LoopbackServer::~LoopbackServer() {
  if (hub_->server != this) {
    return;
  }
  hub_->server = nullptr;
  for (const auto& [client, peer] : std::map(hub_->clients)) {
    // The news travels under a connection of its own, which ends when it has arrived.
    hub_->Disconnect(client);
    const PeerId farewell = hub_->Connect(client);
    hub_->clients[client] = kServer;
    hub_->PostTo(farewell, [farewell](Hub& state, LoopbackClient& gone) {
      state.connections.erase(farewell);
      if (gone.handler() != nullptr) {
        gone.handler()->OnDisconnected("the server is gone");
      }
    });
  }
}

// The connection stays; what its client sends next comes from a new peer.
void LoopbackServer::Drop(PeerId peer) {
  if (const auto found = hub_->connections.find(peer); found != hub_->connections.end()) {
    LoopbackClient* client = found->second;
    hub_->Disconnect(client);
    hub_->Connect(client);
  }
}

}  // namespace

void LoopbackHub::State::Attach(LoopbackClient* client) {
  clients[client] = kServer;
  if (server == nullptr) {
    return;
  }
  PostTo(Connect(client), [](State& /*state*/, LoopbackClient& connected) {
    if (connected.handler() != nullptr) {
      connected.handler()->OnConnected();
    }
  });
}

PeerId LoopbackHub::State::Connect(LoopbackClient* client) {
  connections[++last_id] = client;
  clients[client] = last_id;
  return last_id;
}

void LoopbackHub::State::Disconnect(LoopbackClient* client) {
  std::erase_if(connections, [client](const auto& entry) { return entry.second == client; });
  clients[client] = kServer;
}

void LoopbackHub::State::ToServer(PeerId peer, Frame frame) {
  PostTo(peer, [peer, frame = std::move(frame)](State& state, LoopbackClient& client) {
    if (state.server != nullptr && state.server->handler() != nullptr) {
      state.server->handler()->OnFrame(Peer{peer, client.user()}, frame);
    }
  });
}

absl::Status LoopbackHub::State::ToClient(PeerId peer, Frame frame) {
  if (!connections.contains(peer)) {
    return Unavailable("peer {} is not connected", peer);
  }
  PostTo(peer, [frame = std::move(frame)](State& /*state*/, LoopbackClient& client) {
    if (client.handler() != nullptr) {
      client.handler()->OnFrame(Peer{}, frame);
    }
  });
  return absl::OkStatus();
}

LoopbackHub::LoopbackHub(boost::asio::io_context& io) : state_(std::make_shared<State>(io)) {}

std::unique_ptr<Transport> LoopbackHub::MakeServer() {
  return std::make_unique<LoopbackServer>(state_);
}

std::unique_ptr<Transport> LoopbackHub::MakeClient(std::string user) {
  return std::make_unique<LoopbackClient>(state_, std::move(user));
}

}  // namespace tideline
