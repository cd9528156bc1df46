#pragma once

#include <cstdint>
#include <functional>
#include <memory>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include <boost/asio/io_context.hpp>

#include "common/base/bytes.h"
#include "common/base/status.h"
#include "protocol/zeromq/context.h"

namespace tideline::zeromq {

struct Message {
  std::vector<Bytes> parts;  // at most kMaxParts + 1 are kept: one too many is seen as such
  std::string user;          // ZAP's User-Id; "" where there is none
  std::string address;       // of the other end, for logs; "" where there is none
};
inline constexpr size_t kMaxParts = 16;
using MessageCallback = std::function<void(Message message)>;

// A ZeroMQ socket on an Asio loop. ZeroMQ's descriptor is edge-triggered and says only "look": so
// the socket is drained after every wake and looked at again after every send, at most 64 messages
// a turn; what is left is posted. I/O thread only; nothing blocks. Destroying it, also from inside
// its own callback, drops what is queued.
class Socket {
 public:
  // `type` is libzmq's ZMQ_ROUTER, ZMQ_DEALER, ZMQ_REP or ZMQ_PAIR. Errors: as LastError.
  static absl::StatusOr<std::unique_ptr<Socket>> Open(boost::asio::io_context& io,
                                                      std::shared_ptr<Context> context, int type);
  ~Socket();
  Socket(const Socket&) = delete;
  Socket& operator=(const Socket&) = delete;

  // Before Bind or Connect. `what` names the option in the error.
  absl::Status Set(int option, int value, const char* what);
  absl::Status Set(int option, int64_t value, const char* what);
  absl::Status Set(int option, std::string_view value, const char* what);

  absl::Status Bind(const std::string& endpoint);
  absl::Status Connect(const std::string& endpoint);
  // Where Bind or Connect ended, with the real port: "tcp://127.0.0.1:40123".
  absl::StatusOr<std::string> LastEndpoint() const;

  // From here on `callback` gets every message.
  void Receive(MessageCallback callback);

  // Copies the parts and hands them over, all or none. Errors: ResourceExhausted where the queue is
  // full or there is no connection, Unavailable where a ROUTER knows no such peer.
  absl::Status Send(std::span<const std::string_view> parts);

  // libzmq's handle, for zmq_socket_monitor.
  void* handle() const;

 private:
  struct State;
  explicit Socket(std::shared_ptr<State> state);
  std::shared_ptr<State> state_;
};

}  // namespace tideline::zeromq
