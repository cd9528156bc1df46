#pragma once

#include <memory>
#include <span>
#include <utility>
#include <vector>

#include "common/engine/engine.h"

namespace tideline {

// A prepared model in front of another one that it owns: everything but Run goes through.
class ModelDecorator : public PreparedModel {
 public:
  explicit ModelDecorator(std::unique_ptr<PreparedModel> model) : model_(std::move(model)) {}

  absl::Status MakeReady(std::span<const Segment> segments) override {
    return model_->MakeReady(segments);
  }
  absl::StatusOr<std::vector<double>> TimeNodes(const Segment& segment,
                                                std::span<const Tensor> inputs, int runs) override {
    return model_->TimeNodes(segment, inputs, runs);
  }
  EngineDescription Describe() const override { return model_->Describe(); }

 protected:
  PreparedModel& model() { return *model_; }

 private:
  const std::unique_ptr<PreparedModel> model_;
};

}  // namespace tideline
