#include "common/web/start.h"

#include <utility>

#include "common/telemetry/log.h"
#include "common/web/guard.h"

namespace tideline {
namespace {

constexpr uint64_t kBodiesAtOnce = 4;  // of the largest size

}  // namespace

absl::StatusOr<std::unique_ptr<WebServer>> StartWeb(boost::asio::io_context& io,
                                                    const HttpConfig& config, Router router) {
  if (!config.enabled) {
    return nullptr;
  }
  WebOptions options;
  options.address = config.address;
  options.port = config.port;
  options.token = config.token;
  if (!config.token_file.empty()) {
    ASSIGN_OR_RETURN(options.token, ReadToken(config.token_file));
  }
  options.limits.connections = static_cast<size_t>(config.connections);
  options.limits.max_body = static_cast<uint64_t>(config.max_body.count);
  options.limits.all_bodies = kBodiesAtOnce * options.limits.max_body;
  const bool has_token = !options.token.empty();
  ASSIGN_OR_RETURN(std::unique_ptr<WebServer> server,
                   WebServer::Start(io, std::move(options), std::move(router)));
  Log(LogLevel::kInfo, "http", {{"address", server->address()}, {"token", has_token}});
  return server;
}

}  // namespace tideline
