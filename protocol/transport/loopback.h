#pragma once

#include <memory>
#include <string>

#include <boost/asio/io_context.hpp>

#include "protocol/transport/transport.h"

namespace tideline {

// A cloud and its edges in one process: frames are posted on the Asio loop, not copied. Behaves as
// the ZeroMQ transport does: clients connect as soon as there is a server, hear of its end, and
// connect again to the next one; what is under way then is lost. The hub may end before its
// transports. I/O thread only.
class LoopbackHub {
 public:
  explicit LoopbackHub(boost::asio::io_context& io);

  // One at a time: a second one gets nothing until the first is gone.
  std::unique_ptr<Transport> MakeServer();
  // `user`: the name under which the server knows it.
  std::unique_ptr<Transport> MakeClient(std::string user);

  struct State;

 private:
  std::shared_ptr<State> state_;
};

}  // namespace tideline
