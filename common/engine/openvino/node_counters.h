#pragma once

#include <memory>
#include <span>
#include <vector>

#include "common/base/status.h"
#include "common/engine/openvino/compiled_segment.h"
#include "common/engine/plan.h"

namespace tideline::openvino {

// What OpenVINO counts for the nodes of `plan` when all of it is compiled as one, with counters:
// nanoseconds by NodeId, the median of `runs` runs; what it runs as one is shared out by work
// (costs.h). Reordering between layouts counts for none. Blocks for compiling and the runs. Throws
// what OpenVINO throws. Errors: ResourceExhausted where compiling would take more than
// context.memory_limit; InvalidArgument for a tensor that is no memory of one piece.
absl::StatusOr<std::vector<double>> CountNodes(const CompileContext& context,
                                               const Program& program, const SegmentPlan& plan,
                                               std::span<const Tensor> inputs, int64_t batch,
                                               int runs);

}  // namespace tideline::openvino
