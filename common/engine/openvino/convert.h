#pragma once

#include <cstddef>
#include <cstdint>
#include <memory>
#include <set>
#include <vector>

#include <openvino/core/model.hpp>

#include "common/base/status.h"
#include "common/engine/openvino/decoder.h"
#include "common/engine/plan.h"

// Any stretch of a Program as a model of OpenVINO, in this process. Inside the module only.
namespace tideline::openvino {

// What a plan computes, without the values that only pass through.
Computation ComputedPart(const Program& program, const SegmentPlan& plan);

// Where an output of a computation is found: among its inputs, where nothing but identities lie
// between (OpenVINO would not write such a result), or among the model's results.
struct OutputSource {
  bool is_input = false;
  size_t index = 0;
};

struct Conversion {
  // Parameters in the order of the computation's inputs; not to be compiled where a node is
  // unsupported.
  std::shared_ptr<ov::Model> model;
  std::vector<OutputSource> outputs;  // by output of the computation
  std::set<NodeId> unsupported;       // what the front end could not convert
};

// Converts for a fixed batch. Constants are views of the program's memory and share in its owner.
// Blocks for 5 to 50 ms. Throws what OpenVINO throws.
Conversion Convert(const Program& program, const Computation& computation, int64_t batch);

}  // namespace tideline::openvino
