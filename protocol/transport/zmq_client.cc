#include <algorithm>
#include <array>
#include <utility>
#include <zmq.h>

#include <boost/asio/steady_timer.hpp>

#include "common/telemetry/log.h"
#include "common/telemetry/log_limit.h"
#include "protocol/transport/zmq.h"
#include "protocol/transport/zmq_common.h"
#include "protocol/zeromq/monitor.h"
#include "protocol/zeromq/socket.h"

namespace tideline {
namespace {

using zmq_common::ToFrame;
using zmq_common::ToText;

// ZeroMQ gives an address up once a handshake there has failed. This side does not: a key may be
// listed a minute later. The pauses grow, because each attempt costs the cloud some arithmetic.
constexpr std::chrono::milliseconds kFirstPause{250};
constexpr std::chrono::milliseconds kLongestPause{5'000};

class ZmqClient final : public Transport {
 public:
  ZmqClient(boost::asio::io_context& io, ClientOptions options)
      : io_(io), options_(std::move(options)), retry_(io) {}

  absl::Status Start();

  void SetHandler(FrameHandler* handler) override;
  absl::Status Send(PeerId peer, Frame frame) override;
  void Drop(PeerId peer) override;

 private:
  absl::Status Open();
  absl::Status Secure(const ClientSecurity& security);
  void OnMessage(const zeromq::Message& message);
  void OnConnection(zeromq::ConnectionEvent event, const std::string& reason);
  void Disconnected(const std::string& reason);
  void RetryLater();

  boost::asio::io_context& io_;
  const ClientOptions options_;
  FrameHandler* handler_ = nullptr;
  bool connected_ = false;
  LogLimit failures_;
  boost::asio::steady_timer retry_;
  std::chrono::milliseconds pause_ = kFirstPause;
  const std::shared_ptr<bool> alive_ = std::make_shared<bool>(true);  // watched by the timer
  std::shared_ptr<zeromq::Context> context_;
  std::unique_ptr<zeromq::Socket> socket_;
  std::unique_ptr<zeromq::Monitor> monitor_;  // ends before the socket
};

absl::Status ZmqClient::Start() {
  RETURN_IF_ERROR(zmq_common::CheckAddress(options_.address, !options_.security.has_value()));
  ASSIGN_OR_RETURN(context_, zeromq::Context::Make(/*needs_curve=*/options_.security.has_value()));
  return Open();
}

absl::Status ZmqClient::Open() {
  monitor_.reset();
  connected_ = false;
  retry_.cancel();
  ASSIGN_OR_RETURN(socket_, zeromq::Socket::Open(io_, context_, ZMQ_DEALER));
  RETURN_IF_ERROR(zmq_common::SetCommonOptions(*socket_, options_.address));
  if (options_.security) {
    RETURN_IF_ERROR(Secure(*options_.security));
  }
  ASSIGN_OR_RETURN(monitor_, zeromq::Monitor::Open(
                                 io_, context_, *socket_,
                                 [this](zeromq::ConnectionEvent event, const std::string& reason) {
                                   OnConnection(event, reason);
                                 }));
  RETURN_IF_ERROR(socket_->Connect(options_.address));
  socket_->Receive([this](const zeromq::Message& message) { OnMessage(message); });
  return absl::OkStatus();
}

absl::Status ZmqClient::Secure(const ClientSecurity& security) {
  RETURN_IF_ERROR(socket_->Set(ZMQ_CURVE_SERVERKEY, security.server_key, "the cloud's public key"));
  RETURN_IF_ERROR(socket_->Set(ZMQ_CURVE_PUBLICKEY, security.keys.public_key, "public key"));
  return socket_->Set(ZMQ_CURVE_SECRETKEY, security.keys.secret_key, "secret key");
}

void ZmqClient::SetHandler(FrameHandler* handler) { handler_ = handler; }

absl::Status ZmqClient::Send(PeerId /*peer*/, Frame frame) {
  RETURN_IF_ERROR(zmq_common::CheckSizes(frame.header.size(), frame.payload.size()));
  if (!connected_) {
    return Unavailable("{}: not connected", options_.address);
  }
  const std::array<std::string_view, 2> parts = {frame.header, ToText(frame.payload)};
  return socket_->Send(std::span(parts).first(frame.payload.size() > 0 ? 2 : 1));
}

void ZmqClient::Drop(PeerId /*peer*/) {
  if (const absl::Status status = Open(); !status.ok()) {
    Log(LogLevel::kError, "reconnect_failed", {{"address", options_.address}, {"error", status}});
    RetryLater();
  }
}

void ZmqClient::OnMessage(const zeromq::Message& message) {
  absl::StatusOr<Frame> frame = ToFrame(message, /*first=*/0);
  if (!frame.ok()) {
    const std::string reason(frame.status().message());
    Drop(kServer);
    Disconnected(reason);
    return;
  }
  if (handler_ != nullptr) {
    handler_->OnFrame(Peer{}, *std::move(frame));
  }
}

void ZmqClient::OnConnection(zeromq::ConnectionEvent event, const std::string& reason) {
  switch (event) {
    case zeromq::ConnectionEvent::kReady:
      connected_ = true;
      pause_ = kFirstPause;
      Log(LogLevel::kInfo, "cloud_connected", {{"address", options_.address}});
      if (handler_ != nullptr) {
        handler_->OnConnected();
      }
      return;
    case zeromq::ConnectionEvent::kHandshakeFailed:
      RetryLater();
      return Disconnected(reason);
    case zeromq::ConnectionEvent::kDisconnected:
      if (connected_) {
        Disconnected(reason);
      }
      return;
  }
}

void ZmqClient::RetryLater() {
  monitor_.reset();
  socket_.reset();
  retry_.expires_after(pause_);
  pause_ = std::min(2 * pause_, kLongestPause);
  retry_.async_wait([this, alive = std::weak_ptr(alive_)](const boost::system::error_code& error) {
    if (!error && !alive.expired()) {
      Drop(kServer);
    }
  });
}

void ZmqClient::Disconnected(const std::string& reason) {
  connected_ = false;
  if (const std::optional<uint64_t> suppressed = failures_.Allow()) {
    Log(LogLevel::kWarning, "cloud_disconnected",
        {{"address", options_.address}, {"reason", reason}, {"not_logged", *suppressed}});
  }
  if (handler_ != nullptr) {
    handler_->OnDisconnected(reason);
  }
}

}  // namespace

absl::StatusOr<std::unique_ptr<Transport>> MakeZmqClient(boost::asio::io_context& io,
                                                         ClientOptions options) {
  auto client = std::make_unique<ZmqClient>(io, std::move(options));
  RETURN_IF_ERROR(Annotate(client->Start(), "edge transport"));
  return client;
}

}  // namespace tideline
