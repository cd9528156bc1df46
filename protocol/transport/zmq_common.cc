#include "protocol/transport/zmq_common.h"

#include <charconv>
#include <zmq.h>

#include <boost/asio/ip/address.hpp>

#include "protocol/messages.h"

namespace tideline::zmq_common {
namespace {

constexpr std::string_view kScheme = "tcp://";

// Messages, of 256 KiB at most: a last resort, the sender's window is far below it.
constexpr int kHighWaterMark = 512;

bool IsLoopback(std::string_view host) {
  if (host.size() > 2 && host.front() == '[' && host.back() == ']') {
    host = host.substr(1, host.size() - 2);
  }
  boost::system::error_code error;
  const auto address = boost::asio::ip::make_address(std::string(host), error);
  return host == "localhost" || (!error && address.is_loopback());
}

}  // namespace

absl::Status CheckAddress(const std::string& address, bool plaintext) {
  const std::string_view text = address;
  const size_t colon = text.rfind(':');
  if (!text.starts_with(kScheme) || colon <= kScheme.size() || colon == std::string_view::npos) {
    return InvalidArgument("address '{}': tcp://HOST:PORT is expected", address);
  }
  const std::string_view host = text.substr(kScheme.size(), colon - kScheme.size());
  const std::string_view port = text.substr(colon + 1);
  uint16_t number = 0;
  const auto [end, error] = std::from_chars(port.data(), port.data() + port.size(), number);
  if (error != std::errc() || end != port.data() + port.size()) {
    return InvalidArgument("address '{}': the port is '{}', 0 to 65535 is expected", address, port);
  }
  if (plaintext && !IsLoopback(host)) {
    return InvalidArgument(
        "address '{}': without security only a loopback address is allowed (127.0.0.1); configure "
        "keys for any other",
        address);
  }
  return absl::OkStatus();
}

absl::Status SetCommonOptions(zeromq::Socket& socket, const std::string& address) {
  constexpr int kOff = 0;
  constexpr int kOn = 1;
  constexpr int kSystemDefault = -1;
  struct Option {
    int option;
    int value;
    const char* what;
  };
  const Option options[] = {
      {ZMQ_LINGER, 0, "linger"},  // the end of the process waits for nobody
      {ZMQ_SNDHWM, kHighWaterMark, "send limit"},
      {ZMQ_RCVHWM, kHighWaterMark, "receive limit"},
      // The kernel's own sizes, because a fixed one ends its growth on long fat links; the window
      // keeps them from filling on short thin ones.
      {ZMQ_SNDBUF, kSystemDefault, "send buffer"},
      {ZMQ_RCVBUF, kSystemDefault, "receive buffer"},
      // Heartbeats of the application say who is away; these close a TCP connection that is dead
      // (a lost NAT entry, a machine that vanished), so that a new one is made.
      {ZMQ_HEARTBEAT_IVL, 2'000, "heartbeat interval"},
      {ZMQ_HEARTBEAT_TIMEOUT, 6'000, "heartbeat time-out"},
      {ZMQ_HEARTBEAT_TTL, 6'000, "heartbeat time to live"},
      {ZMQ_HANDSHAKE_IVL, 5'000, "handshake time-out"},
      {ZMQ_RECONNECT_IVL, 200, "reconnect pause"},
      {ZMQ_RECONNECT_IVL_MAX, 2'000, "longest reconnect pause"},
      {ZMQ_IMMEDIATE, kOn, "immediate"},  // nothing is queued for who is not there
      {ZMQ_TOS, 0, "type of service"},
      {ZMQ_IPV6, address.find('[') == std::string::npos ? kOff : kOn, "IPv6"},
  };
  for (const Option& option : options) {
    RETURN_IF_ERROR(socket.Set(option.option, option.value, option.what));
  }
  // The largest frame, and what CURVE puts around it.
  return socket.Set(ZMQ_MAXMSGSIZE, int64_t{wire::kMaxChunk + wire::kMaxHeader}, "largest message");
}

absl::Status CheckSizes(size_t header, size_t payload) {
  if (header == 0 || header > wire::kMaxHeader) {
    return InvalidArgument("header has {} bytes, 1 to {} are allowed", header, wire::kMaxHeader);
  }
  if (payload > wire::kMaxChunk) {
    return InvalidArgument("payload has {} bytes, at most {} are allowed", payload,
                           wire::kMaxChunk);
  }
  return absl::OkStatus();
}

absl::StatusOr<Frame> ToFrame(const zeromq::Message& message, size_t first) {
  const size_t parts = message.parts.size() - first;
  if (parts < 1 || parts > 2) {
    return InvalidArgument("message has {} parts{}, 1 or 2 are allowed", parts,
                           message.parts.size() > zeromq::kMaxParts ? " or more" : "");
  }
  const Bytes payload = parts == 2 ? message.parts[first + 1] : Bytes{};
  RETURN_IF_ERROR(CheckSizes(message.parts[first].size(), payload.size()));
  return Frame{std::string(ToText(message.parts[first])), payload};
}

std::string_view ToText(const Bytes& bytes) {
  return {reinterpret_cast<const char*>(bytes.view.data()), bytes.size()};
}

}  // namespace tideline::zmq_common
