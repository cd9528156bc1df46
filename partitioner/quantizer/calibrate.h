#pragma once

#include <cstdint>
#include <map>
#include <memory>
#include <span>
#include <utility>
#include <vector>

#include "common/base/status.h"
#include "common/engine/engine.h"
#include "common/program/frontier.h"
#include "common/program/program.h"
#include "common/tensor/tensor.h"
#include "partitioner/quantizer/histogram.h"
#include "partitioner/quantizer/range.h"

namespace tideline {

// The range of what each layer reads, by the value.
using ActivationRanges = std::map<ValueId, ActivationRange>;

// Runs a network on example inputs and counts the values that its layers read. Thread-compatible.
class Calibrator {
 public:
  // Prepares a copy of `program` whose results are those values; `options` as the engine takes
  // them. Errors: InvalidArgument where no layer can be quantized; those of Prepare.
  static absl::StatusOr<std::unique_ptr<Calibrator>> Create(const Program& program, Engine& engine,
                                                            const EngineOptions& options);

  // One run, with one tensor per input of the network. Blocks. Errors: those of Run.
  absl::Status Add(std::span<const Tensor> inputs);

  // Searches the ranges; after the last Add. Errors: InvalidArgument where nothing was added, or a
  // value was no finite number.
  absl::StatusOr<ActivationRanges> Ranges() const;

 private:
  Calibrator(std::vector<ValueId> values, std::shared_ptr<const Program> program)
      : values_(std::move(values)),
        program_(std::move(program)),
        frontiers_(*program_),
        histograms_(values_.size()) {}

  const std::vector<ValueId> values_;             // in the network that is quantized
  const std::shared_ptr<const Program> program_;  // whose results are these values

  const FrontierTable frontiers_;
  std::unique_ptr<PreparedModel> model_;
  std::vector<Histogram> histograms_;  // of values_
};

}  // namespace tideline
