#pragma once

#include <cstddef>
#include <memory>
#include <optional>
#include <span>
#include <string>

#include "common/base/status.h"
#include "common/engine/engine.h"
#include "common/program/program.h"
#include "partitioner/profiler/reference.h"
#include "partitioner/tool/example_inputs.h"

namespace tideline {

// What runs the network, before and after.
struct QuantizeEngine {
  std::string name;
  EngineOptions options;
};

// The program with 8-bit layers, its ranges from `samples` of the inputs and from the reference's,
// which are often noise: outside of every range its outputs would say nothing about the network.
// Shows a bar. Blocks. Errors: those of the engine, and InvalidArgument where nothing can be
// quantized.
absl::StatusOr<std::shared_ptr<const Program>> QuantizeModel(const Program& program,
                                                             const QuantizeEngine& engine,
                                                             const ExampleInputs& inputs,
                                                             std::span<const size_t> samples,
                                                             const Reference& reference);

// A quantized network beside the float32 one. Errors are max|a-b| / max|b| of one input's results.
struct Agreement {
  size_t evaluated = 0;  // inputs that both ran
  double same_top1 = 0;  // share with the largest element in the same place
  double mean_error = 0;
  double max_error = 0;
  double ms_before = 0;  // median of one input, in the float32 network
  double ms_after = 0;
  double reference_error = 0;  // against PyTorch's outputs in reference.npz
};

// Runs both on the inputs, one right after the other, and the quantized one on the reference. Of
// more than kMostEvaluated inputs so many are taken, evenly spread. Shows a bar. Blocks.
// Errors: those of the engine.
inline constexpr size_t kMostEvaluated = 1000;
absl::StatusOr<Agreement> CompareModels(const std::shared_ptr<const Program>& before,
                                        const std::shared_ptr<const Program>& after,
                                        const QuantizeEngine& engine, const ExampleInputs& inputs,
                                        const Reference& reference);

}  // namespace tideline
