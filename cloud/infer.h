#pragma once

#include <cstdint>
#include <memory>
#include <string_view>

#include "boost/asio/io_context.hpp"

#include "cloud/models.h"
#include "cloud/monitor.h"
#include "cloud/places.h"
#include "cloud/worker.h"
#include "common/inference/infer_host.h"
#include "common/inference/infer_routes.h"

namespace tideline {

// Whom the scheduler takes all requests over HTTP together for: a name that no edge can have.
inline constexpr std::string_view kHttpUser = "/http";

// The model of that name and version, "" being any. Thread-safe.
// Errors: NotFound, Unavailable where it could not be loaded.
absl::StatusOr<std::shared_ptr<const ServedModel>> FindServed(const ModelSet& models,
                                                              std::string_view name,
                                                              std::string_view version);

struct CloudInferLimits {
  // Of all requests over HTTP that have no answer: as one edge may have.
  size_t max_requests = 256;
  uint64_t max_bytes = uint64_t{128} << 20;
  uint64_t max_tensor = uint64_t{64} << 20;  // bytes of one input
};

// Answers inference requests over HTTP by running whole networks on the worker, where they take
// turns with what edges ask: all of HTTP is one user beside them. Images are decoded and large
// answers written on the thread of `routes_`. What is public is I/O thread only, but for Find and
// Compute.
class CloudInfer final : public InferHost {
 public:
  // All references outlive it; it outlives the router that it is added to and is destroyed when
  // `io` runs no more.
  CloudInfer(boost::asio::io_context& io, const ModelSet& models, Worker& worker,
             CloudMonitor& monitor, const CloudInferLimits& limits);

  // `max_body` in bytes.
  void AddRoutes(Router& router, uint64_t max_body) { routes_.AddTo(router, max_body); }
  // Requests that are open. Thread-safe.
  size_t open() const { return places_->requests(); }

  absl::StatusOr<std::shared_ptr<void>> Admit(uint64_t bytes) override;
  absl::StatusOr<std::shared_ptr<const ServedModel>> Find(std::string_view name,
                                                          std::string_view version) override {
    return FindServed(models_, name, version);
  }
  void Compute(InferCall call, InferReply reply) override;

 private:
  struct Open;
  using OpenPtr = std::shared_ptr<Open>;

  void Prepare(const OpenPtr& open);
  absl::Status MakeJob(const OpenPtr& open) const;
  void Submit(const OpenPtr& open);
  void OnEnd(const OpenPtr& open, const Job& job, JobEnd end);
  void Refuse(const OpenPtr& open, const absl::Status& why);

  boost::asio::io_context& io_;
  const ModelSet& models_;
  Worker& worker_;
  CloudMonitor& monitor_;
  const CloudInferLimits limits_;
  const SystemClock clock_;
  const std::shared_ptr<Places> places_;
  InferRoutes routes_{*this};  // last: ends first
};

}  // namespace tideline
