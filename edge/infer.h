#pragma once

#include <atomic>
#include <cstdint>

#include "common/base/worker_thread.h"
#include "common/web/router.h"
#include "edge/pipeline.h"

namespace tideline {

// Answers inference requests over HTTP with what the pipeline computes. Small requests are read on
// the I/O thread, large ones on a thread of its own, answers are written on the output thread.
// Thread-safe.
class EdgeInfer {
 public:
  // `pipeline` outlives this, and this outlives the router that it is added to.
  explicit EdgeInfer(Pipeline& pipeline) : pipeline_(pipeline) {}

  // POST /v2/models/{m}[/versions/{v}]/infer. `max_body` in bytes.
  void AddRoutes(Router& router, uint64_t max_body);

 private:
  void Handle(const WebRequestPtr& request, const Responder& responder);
  void Infer(const WebRequestPtr& request, const Responder& responder);

  Pipeline& pipeline_;
  std::atomic<uint64_t> requests_ = 0;
  WorkerThread reader_{"http"};  // last: ends first
};

}  // namespace tideline
