#pragma once

#include <string>

#include "common/base/status.h"
#include "protocol/transport/transport.h"
#include "protocol/zeromq/socket.h"

// What both ends of the ZeroMQ transport share.
namespace tideline::zmq_common {

// "tcp://HOST:PORT", HOST an address (IPv6 in brackets), a name or "*". Errors: InvalidArgument;
// with `plaintext` also for every HOST that is not a literal loopback address or "localhost".
absl::Status CheckAddress(const std::string& address, bool plaintext);

// Every option that has a default one could fall over (see the definition). Before Bind or Connect.
absl::Status SetCommonOptions(zeromq::Socket& socket, const std::string& address);

// Errors: InvalidArgument where header or payload is over its limit.
absl::Status CheckSizes(size_t header, size_t payload);

// The frame in the parts from `first` on. Errors: InvalidArgument where there are not one or two
// parts, or their sizes are over their limits.
absl::StatusOr<Frame> ToFrame(const zeromq::Message& message, size_t first);

std::string_view ToText(const Bytes& bytes);

}  // namespace tideline::zmq_common
