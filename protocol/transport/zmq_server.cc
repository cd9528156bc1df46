#include <array>
#include <utility>
#include <zmq.h>

#include "common/telemetry/log.h"
#include "common/telemetry/log_limit.h"
#include "protocol/security/allow_list.h"
#include "protocol/security/zap.h"
#include "protocol/transport/peer_table.h"
#include "protocol/transport/zmq.h"
#include "protocol/transport/zmq_common.h"
#include "protocol/zeromq/monitor.h"
#include "protocol/zeromq/socket.h"

namespace tideline {
namespace {

using zmq_common::CheckSizes;
using zmq_common::ToFrame;
using zmq_common::ToText;

// ZMQ_ZAP_ENFORCE_DOMAIN: libzmq has had it since 4.3, its header names it among the drafts alone.
// Where it is missing, setting it fails and with it the start.
constexpr int kZapEnforceDomain = 93;

class ZmqServer final : public ServerTransport {
 public:
  explicit ZmqServer(size_t max_peers) : peers_(max_peers) {}

  absl::Status Start(boost::asio::io_context& io, const ServerOptions& options);

  void SetHandler(FrameHandler* handler) override { handler_ = handler; }
  absl::Status Send(PeerId peer, Frame frame) override;
  void Drop(PeerId peer) override { peers_.Forget(peer); }
  const std::string& address() const override { return address_; }
  const ServerCounts& counts() const override { return counts_; }

 private:
  absl::Status Secure(boost::asio::io_context& io, std::shared_ptr<zeromq::Context> context,
                      const ServerSecurity& security);
  void OnMessage(const zeromq::Message& message);
  void OnConnection(zeromq::ConnectionEvent event, const std::string& reason);
  void Refuse(const char* event, const std::string& user, const std::string& address,
              const std::string& reason);

  FrameHandler* handler_ = nullptr;
  PeerTable peers_;
  ServerCounts counts_;
  LogLimit refusals_;
  std::string address_;
  // The last one ends first: the ZAP handler is there as long as the socket it guards.
  std::unique_ptr<security::AllowList> allow_list_;
  std::unique_ptr<security::ZapHandler> zap_;
  std::unique_ptr<zeromq::Socket> socket_;
  std::unique_ptr<zeromq::Monitor> monitor_;
};

// In this order, so that it fails closed: a socket that listens is a socket that is guarded.
absl::Status ZmqServer::Start(boost::asio::io_context& io, const ServerOptions& options) {
  RETURN_IF_ERROR(zmq_common::CheckAddress(options.address, !options.security.has_value()));
  ASSIGN_OR_RETURN(const std::shared_ptr<zeromq::Context> context,
                   zeromq::Context::Make(/*needs_curve=*/options.security.has_value()));
  ASSIGN_OR_RETURN(socket_, zeromq::Socket::Open(io, context, ZMQ_ROUTER));
  RETURN_IF_ERROR(zmq_common::SetCommonOptions(*socket_, options.address));
  // An unknown or a full peer is an error, not silence.
  RETURN_IF_ERROR(socket_->Set(ZMQ_ROUTER_MANDATORY, 1, "mandatory routing"));
  if (options.security) {
    RETURN_IF_ERROR(Secure(io, context, *options.security));
  }
  ASSIGN_OR_RETURN(monitor_, zeromq::Monitor::Open(
                                 io, context, *socket_,
                                 [this](zeromq::ConnectionEvent event, const std::string& reason) {
                                   OnConnection(event, reason);
                                 }));
  RETURN_IF_ERROR(socket_->Bind(options.address));
  ASSIGN_OR_RETURN(address_, socket_->LastEndpoint());
  socket_->Receive([this](const zeromq::Message& message) { OnMessage(message); });
  return absl::OkStatus();
}

absl::Status ZmqServer::Secure(boost::asio::io_context& io,
                               std::shared_ptr<zeromq::Context> context,
                               const ServerSecurity& security) {
  ASSIGN_OR_RETURN(allow_list_, security::AllowList::Open(security.allow_list));
  ASSIGN_OR_RETURN(zap_, security::ZapHandler::Open(io, std::move(context), *allow_list_));
  RETURN_IF_ERROR(socket_->Set(kZapEnforceDomain, 1, "ZAP enforcement"));
  RETURN_IF_ERROR(socket_->Set(ZMQ_ZAP_DOMAIN, security::kZapDomain, "ZAP domain"));
  RETURN_IF_ERROR(socket_->Set(ZMQ_CURVE_SERVER, 1, "CURVE server"));
  return socket_->Set(ZMQ_CURVE_SECRETKEY, security.keys.secret_key, "CURVE secret key");
}

absl::Status ZmqServer::Send(PeerId peer, Frame frame) {
  RETURN_IF_ERROR(CheckSizes(frame.header.size(), frame.payload.size()));
  const std::string* routing = peers_.Routing(peer);
  if (routing == nullptr) {
    return Unavailable("peer {} is not connected", peer);
  }
  const std::array<std::string_view, 3> parts = {*routing, frame.header, ToText(frame.payload)};
  absl::Status status = socket_->Send(std::span(parts).first(frame.payload.size() > 0 ? 3 : 2));
  if (absl::IsUnavailable(status)) {
    peers_.Forget(peer);
  }
  return status;
}

void ZmqServer::OnMessage(const zeromq::Message& message) {
  ++counts_.frames_received;
  const std::string routing(ToText(message.parts[0]));
  const std::optional<Peer> peer = peers_.Heard(routing, message.user);
  if (!peer) {
    ++counts_.peers_refused;
    Refuse("peer_refused", message.user, message.address, "limit of connections reached");
    return;
  }
  absl::StatusOr<Frame> frame = ToFrame(message, /*first=*/1);
  if (!frame.ok()) {
    ++counts_.frames_refused;
    peers_.Forget(peer->id);
    Refuse("frame_refused", message.user, message.address, std::string(frame.status().message()));
    return;
  }
  if (handler_ != nullptr) {
    handler_->OnFrame(*peer, *std::move(frame));
  }
}

void ZmqServer::OnConnection(zeromq::ConnectionEvent event, const std::string& reason) {
  if (event == zeromq::ConnectionEvent::kHandshakeFailed) {
    ++counts_.handshakes_failed;
    Refuse("handshake_failed", "", "", reason);
  }
}

void ZmqServer::Refuse(const char* event, const std::string& user, const std::string& address,
                       const std::string& reason) {
  if (const std::optional<uint64_t> suppressed = refusals_.Allow()) {
    Log(LogLevel::kWarning, event,
        {{"reason", reason}, {"user", user}, {"address", address}, {"not_logged", *suppressed}});
  }
}

}  // namespace

absl::StatusOr<std::unique_ptr<ServerTransport>> MakeZmqServer(boost::asio::io_context& io,
                                                               const ServerOptions& options) {
  auto server = std::make_unique<ZmqServer>(options.max_peers);
  RETURN_IF_ERROR(Annotate(server->Start(io, options), "cloud transport"));
  return server;
}

}  // namespace tideline
