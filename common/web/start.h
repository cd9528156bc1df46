#pragma once

#include <memory>

#include "boost/asio/io_context.hpp"

#include "common/config/http.h"
#include "common/web/server.h"

namespace tideline {

// Serves `router` as `config` says and logs where (event `http`); nullptr where HTTP is switched
// off. `io` outlives the server. Errors: those of ReadToken and WebServer::Start.
absl::StatusOr<std::unique_ptr<WebServer>> StartWeb(boost::asio::io_context& io,
                                                    const HttpConfig& config, Router router);

}  // namespace tideline
