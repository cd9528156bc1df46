#include "protocol/zeromq/monitor.h"

#include <cstring>
#include <optional>
#include <utility>
#include <zmq.h>

namespace tideline::zeromq {
namespace {

constexpr int kEvents = ZMQ_EVENT_HANDSHAKE_SUCCEEDED | ZMQ_EVENT_HANDSHAKE_FAILED_NO_DETAIL |
                        ZMQ_EVENT_HANDSHAKE_FAILED_PROTOCOL | ZMQ_EVENT_HANDSHAKE_FAILED_AUTH |
                        ZMQ_EVENT_DISCONNECTED;

struct Event {
  uint16_t kind = 0;
  uint32_t value = 0;
};

// The first part of a monitor's message: 16 bits event, 32 bits value, in the machine's order.
std::optional<Event> Parse(const Message& message) {
  Event event;
  if (message.parts.empty() ||
      message.parts[0].size() != sizeof(event.kind) + sizeof(event.value)) {
    return std::nullopt;
  }
  const std::byte* bytes = message.parts[0].view.data();
  std::memcpy(&event.kind, bytes, sizeof(event.kind));
  std::memcpy(&event.value, bytes + sizeof(event.kind), sizeof(event.value));
  return event;
}

std::string ProtocolReason(uint32_t code) {
  switch (code) {
    case ZMQ_PROTOCOL_ERROR_ZMTP_MECHANISM_MISMATCH:
      return "one side uses CURVE and the other plaintext";
    case ZMQ_PROTOCOL_ERROR_ZMTP_CRYPTOGRAPHIC:
      return "its CURVE handshake does not fit this side's key (wrong server key)";
    default:
      return fmt::format("it does not speak ZMTP 3 as this side does (error {:#x})", code);
  }
}

void Report(const Event& event, const ConnectionCallback& callback) {
  switch (event.kind) {
    case ZMQ_EVENT_HANDSHAKE_SUCCEEDED:
      return callback(ConnectionEvent::kReady, "");
    case ZMQ_EVENT_HANDSHAKE_FAILED_NO_DETAIL:
      return callback(ConnectionEvent::kHandshakeFailed,
                      "the other side closed the connection during the handshake: a wrong server "
                      "key, or CURVE on one side alone; its log says which");
    case ZMQ_EVENT_HANDSHAKE_FAILED_PROTOCOL:
      return callback(ConnectionEvent::kHandshakeFailed, ProtocolReason(event.value));
    case ZMQ_EVENT_HANDSHAKE_FAILED_AUTH:
      return callback(ConnectionEvent::kHandshakeFailed,
                      fmt::format("key not admitted (ZAP status {})", event.value));
    case ZMQ_EVENT_DISCONNECTED:
      return callback(ConnectionEvent::kDisconnected, "the connection is closed");
    default:
      return;
  }
}

}  // namespace

absl::StatusOr<std::unique_ptr<Monitor>> Monitor::Open(boost::asio::io_context& io,
                                                       std::shared_ptr<Context> context,
                                                       Socket& socket,
                                                       ConnectionCallback callback) {
  const std::string endpoint =
      fmt::format("inproc://monitor-{:x}", reinterpret_cast<uintptr_t>(socket.handle()));
  ASSIGN_OR_RETURN(std::unique_ptr<Socket> events, Socket::Open(io, std::move(context), ZMQ_PAIR));
  // libzmq's I/O thread waits where a monitor's queue is full; so the queue has no limit.
  RETURN_IF_ERROR(events->Set(ZMQ_RCVHWM, 0, "receive limit of the monitor"));
  if (zmq_socket_monitor(socket.handle(), endpoint.c_str(), kEvents) != 0) {
    return LastError("socket monitor");
  }
  auto monitor = std::unique_ptr<Monitor>(new Monitor(socket, std::move(events)));
  RETURN_IF_ERROR(monitor->events_->Connect(endpoint));
  monitor->events_->Receive([callback = std::move(callback)](const Message& message) {
    if (const std::optional<Event> event = Parse(message)) {
      Report(*event, callback);
    }
  });
  return monitor;
}

Monitor::Monitor(Socket& socket, std::unique_ptr<Socket> events)
    : socket_(socket), events_(std::move(events)) {}

Monitor::~Monitor() { zmq_socket_monitor(socket_.handle(), nullptr, 0); }

}  // namespace tideline::zeromq
