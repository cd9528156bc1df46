#pragma once

#include <memory>

#include "boost/asio/io_context.hpp"

#include "common/web/server.h"
#include "edge/config.h"
#include "edge/health.h"
#include "edge/pipeline.h"

namespace tideline {

// What an edge's HTTP server tells about and hands requests to. All of it outlives the server.
struct EdgeParts {
  const EdgeConfig& config;
  Pipeline& pipeline;
  const Session* session;  // nullptr without a cloud
  const AnswerHealth& answers;
};

// Serves what an edge answers over HTTP; nullptr where that is switched off.
// Errors: those of StartWeb.
absl::StatusOr<std::unique_ptr<WebServer>> StartEdgeHttp(boost::asio::io_context& io,
                                                         const EdgeParts& parts);

}  // namespace tideline
