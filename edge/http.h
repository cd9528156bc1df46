#pragma once

#include <memory>

#include "boost/asio/io_context.hpp"

#include "common/web/server.h"
#include "edge/config.h"
#include "edge/control/monitor.h"
#include "edge/feed.h"
#include "edge/pipeline.h"
#include "edge/reloader.h"

namespace tideline {

// What an edge's HTTP server tells about and hands requests to. All of it outlives the server.
struct EdgeParts {
  const EdgeConfig& config;
  Pipeline& pipeline;
  Reloader& reloader;
  Feeding& feeding;
  EdgeMonitor& monitor;
};

// Serves what an edge answers over HTTP; nullptr where that is switched off.
// Errors: those of StartWeb.
absl::StatusOr<std::unique_ptr<WebServer>> StartEdgeHttp(boost::asio::io_context& io,
                                                         const EdgeParts& parts);

}  // namespace tideline
