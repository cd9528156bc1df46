#pragma once

#include <memory>

#include "boost/asio/io_context.hpp"

#include "edge/config.h"
#include "edge/deployment.h"
#include "protocol/client/session.h"

namespace tideline {

// The session with the cloud that edge.yaml names, or nullptr where it names none. It connects in
// the background. Errors: those of the key files, InvalidArgument for an address.
absl::StatusOr<std::unique_ptr<Session>> OpenLink(boost::asio::io_context& io,
                                                  const EdgeConfig& config,
                                                  const Deployment& deployment);

}  // namespace tideline
