#include "common/engine/aten/batch_slices.h"

#include <algorithm>

#include "common/engine/aten/fused.h"
#include "common/engine/rows.h"

namespace tideline::aten {
namespace {

// What an operator may read and write for its slice, for each thread. Measured: MobileNetV2 in
// batches of 32 on one thread gives 105 images a second at once, 127 with twice as much as this,
// 141 with this, 139 with half of it.
constexpr double kSliceBytes = 8 << 20;

bool RunsRowByRow(const Program& program, const Node& node) {
  const bool fused = node.target == kPackedConvolution || node.target == kAddRelu;
  return fused ? TouchesRows(program, node) : IsRowByRow(program, node);
}

}  // namespace

BatchSlices::BatchSlices(const Lowered& lowered, int threads) {
  const Program& program = lowered.program;
  if (!program.dynamic_batch || !lowered.device.is_cpu()) {
    return;
  }
  // By node: the most bytes that it or one behind it reads and writes for one input.
  std::vector<double> most_bytes;
  for (const Node& node : program.nodes) {
    if (!RunsRowByRow(program, node)) {
      break;
    }
    most_bytes.push_back(BytesPerInput(program, node));
  }
  for (size_t i = most_bytes.size(); i-- > 1;) {
    most_bytes[i - 1] = std::max(most_bytes[i - 1], most_bytes[i]);
  }
  for (size_t i = 0; i < most_bytes.size(); ++i) {
    const int64_t inputs = InputsThatFit(threads * kSliceBytes, most_bytes[i]);
    if (stretches_.empty() || stretches_.back().inputs != inputs) {
      stretches_.push_back({0, inputs});
    }
    stretches_.back().end = static_cast<NodeId>(i + 1);
  }
}

std::vector<BatchSlices::Stage> BatchSlices::StagesOf(const SegmentPlan& plan,
                                                      int64_t batch) const {
  std::vector<Stage> stages;
  for (const Stretch& stretch : stretches_) {
    if (stretch.inputs >= batch) {
      break;  // those behind take as many and more
    }
    const auto behind = std::ranges::lower_bound(plan.nodes, stretch.end);
    const auto end = static_cast<size_t>(behind - plan.nodes.begin());
    if (end > (stages.empty() ? 0 : stages.back().end)) {
      stages.push_back({end, stretch.inputs});
    }
  }
  stages.push_back({plan.nodes.size(), batch});
  return stages;
}

}  // namespace tideline::aten
