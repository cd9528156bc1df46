#pragma once

#include <functional>
#include <memory>
#include <string>

#include <boost/asio/io_context.hpp>

#include "common/base/status.h"
#include "protocol/zeromq/socket.h"

namespace tideline::zeromq {

enum class ConnectionEvent {
  kReady,            // the handshake is done, messages can pass
  kHandshakeFailed,  // `reason` says why
  kDisconnected,
};
using ConnectionCallback = std::function<void(ConnectionEvent event, const std::string& reason)>;

// What happens to a socket's connections, in order; ZeroMQ itself never says it through the socket.
// Order against the socket's own messages is not given. I/O thread only. Ends before the socket.
class Monitor {
 public:
  static absl::StatusOr<std::unique_ptr<Monitor>> Open(boost::asio::io_context& io,
                                                       std::shared_ptr<Context> context,
                                                       Socket& socket, ConnectionCallback callback);
  ~Monitor();
  Monitor(const Monitor&) = delete;
  Monitor& operator=(const Monitor&) = delete;

 private:
  Monitor(Socket& socket, std::unique_ptr<Socket> events);
  Socket& socket_;
  std::unique_ptr<Socket> events_;
};

}  // namespace tideline::zeromq
