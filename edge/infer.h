#pragma once

#include <cstdint>
#include <memory>
#include <string_view>

#include "common/inference/infer_host.h"
#include "common/inference/infer_routes.h"
#include "edge/pipeline.h"

namespace tideline {

// The model of that name and version in force, "" being any; NotFound where it is another one.
absl::StatusOr<std::shared_ptr<const ServedModel>> FindDeployed(Pipeline& pipeline,
                                                                std::string_view name,
                                                                std::string_view version);

// Answers inference requests over HTTP with what the pipeline computes, on its output thread.
// Thread-safe.
class EdgeInfer final : public InferHost {
 public:
  // `pipeline` outlives this, and this outlives the router that it is added to.
  explicit EdgeInfer(Pipeline& pipeline) : pipeline_(pipeline) {}

  // `max_body` in bytes.
  void AddRoutes(Router& router, uint64_t max_body) { routes_.AddTo(router, max_body); }

  // The pipeline says whether there is a place once a request is read.
  absl::StatusOr<std::shared_ptr<void>> Admit(uint64_t /*bytes*/) override { return nullptr; }
  absl::StatusOr<std::shared_ptr<const ServedModel>> Find(std::string_view name,
                                                          std::string_view version) override {
    return FindDeployed(pipeline_, name, version);
  }
  void Compute(InferCall call, InferReply reply) override;

 private:
  Pipeline& pipeline_;
  InferRoutes routes_{*this};  // last: ends first
};

}  // namespace tideline
