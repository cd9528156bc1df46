#pragma once

#include <atomic>
#include <cstdint>
#include <functional>

#include "common/base/worker_thread.h"
#include "common/inference/infer_host.h"
#include "common/web/router.h"

namespace tideline {

inline constexpr int64_t kMaxInferRows = 64;  // inputs in one request

// Reads inference requests that come over HTTP for a host: small ones on the I/O thread, large ones
// on a thread of its own. Thread-safe.
class InferRoutes {
 public:
  // `host` outlives it, and it outlives the router that it is added to.
  explicit InferRoutes(InferHost& host) : host_(host) {}

  // POST /v2/models/{m}[/versions/{v}]/infer. `max_body` in bytes.
  void AddTo(Router& router, uint64_t max_body);

  // Runs something long on the thread of large requests, after those that came before.
  void Post(std::function<void()> job) { reader_.Post(std::move(job)); }

 private:
  void Handle(const WebRequestPtr& request, const Responder& responder);
  absl::Status Read(const WebRequestPtr& request, const Responder& responder, InferCall call);

  InferHost& host_;
  const SystemClock clock_;
  std::atomic<uint64_t> requests_ = 0;
  WorkerThread reader_{"http"};  // last: ends first
};

}  // namespace tideline
