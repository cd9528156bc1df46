#pragma once

#include <functional>
#include <memory>

#include "boost/asio/io_context.hpp"

#include "common/web/server.h"
#include "edge/config.h"
#include "edge/control/last_image.h"
#include "edge/control/monitor.h"
#include "edge/control/results.h"
#include "edge/feed.h"
#include "edge/infer.h"
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
  LinkShape* shape;      // nullptr: the uplink cannot be shaped
  ResultStore* results;  // nullptr: none are kept
};

// What an edge answers over HTTP. I/O thread only; it ends when `io` runs no more.
class EdgeHttp {
 public:
  // Serves from here on, unless that is switched off. Errors: those of StartWeb.
  static absl::StatusOr<std::unique_ptr<EdgeHttp>> Start(boost::asio::io_context& io,
                                                         const EdgeParts& parts);

  // Answers who waits for results, lets the answers go out that are ready, for a short time at
  // most, then calls `done`.
  void Finish(std::function<void()> done);

 private:
  EdgeHttp(boost::asio::io_context& io, const EdgeParts& parts)
      : infer_(parts.pipeline), last_image_(io, parts.monitor.board(), clock_) {}

  const SystemClock clock_;
  EdgeInfer infer_;
  LastImage last_image_;
  std::unique_ptr<ResultPolls> results_;  // nullptr: none are kept
  std::unique_ptr<WebServer> server_;     // nullptr: switched off
};

}  // namespace tideline
