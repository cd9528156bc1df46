#include "partitioner/exchange/serve_profiles.h"

#include <csignal>
#include <memory>
#include <utility>

#include <boost/asio/io_context.hpp>
#include <boost/asio/signal_set.hpp>

#include "common/config/endpoint.h"
#include "partitioner/exchange/profile_server.h"
#include "protocol/security/keys.h"
#include "protocol/transport/zmq.h"

namespace tideline {

absl::Status CheckServeOptions(const ServeOptions& options) {
  RETURN_IF_ERROR(Annotate(CheckEndpoint(options.address, /*any_port=*/true), "--serve"));
  if (options.secret.empty() && !IsLoopback(options.address)) {
    return InvalidArgument(
        "--serve {}: without --secret only this machine can be served; tideline keygen makes keys",
        options.address);
  }
  if (!options.secret.empty() && options.allow_list.empty()) {
    return InvalidArgument("--serve {}: give --allow, the folder with the keys that are let in",
                           options.address);
  }
  return absl::OkStatus();
}

absl::Status ServeProfiles(const ServeOptions& options, const ServedProfiles& profiles,
                           const std::function<void(const std::string& address)>& ready) {
  RETURN_IF_ERROR(CheckServeOptions(options));
  boost::asio::io_context io(1);
  ServerOptions server{.address = options.address};
  if (!options.secret.empty()) {
    server.security.emplace();
    ASSIGN_OR_RETURN(server.security->keys, security::ReadSecretKey(options.secret));
    server.security->allow_list = options.allow_list;
  }
  ASSIGN_OR_RETURN(const std::unique_ptr<ServerTransport> transport, MakeZmqServer(io, server));
  const ProfileServer serving(*transport, profiles, options.id);
  boost::asio::signal_set signals(io, SIGTERM, SIGINT);
  signals.async_wait([&](const boost::system::error_code&, int) { io.stop(); });
  ready(transport->address());
  io.run();
  return absl::OkStatus();
}

}  // namespace tideline
