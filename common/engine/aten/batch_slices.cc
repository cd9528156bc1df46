#include "common/engine/aten/batch_slices.h"

#include <algorithm>
#include <bit>
#include <iterator>
#include <optional>
#include <set>
#include <string_view>

#include "common/engine/aten/passes/onednn.h"
#include "common/program/operators.h"

namespace tideline::aten {
namespace {

// What an operator may read and write for its slice, for each thread. Measured: MobileNetV2 in
// batches of 32 on one thread gives 105 images a second at once, 127 with twice as much as this,
// 141 with this, 139 with half of it.
constexpr double kSliceBytes = 8 << 20;
constexpr double kMostInputs = 1 << 20;

// Operators whose results for one input depend on that input alone, however large the batch is.
constexpr std::string_view kRowByRow[] = {"_native_batch_norm_legit_no_training",
                                          "_to_copy",
                                          "adaptive_avg_pool2d",
                                          "add",
                                          "avg_pool2d",
                                          "clamp",
                                          "contiguous",
                                          "conv2d",
                                          "convolution",
                                          "div",
                                          "max_pool2d",
                                          "max_pool2d_with_indices",
                                          "mul",
                                          "sub",
                                          "upsample_bilinear2d",
                                          "upsample_nearest2d"};

// Along another dimension than the batch.
bool JoinsRows(const Node& node) {
  const Argument* dim = Program::Find(node, "dim");
  const auto* number = dim == nullptr ? nullptr : std::get_if<int64_t>(&dim->value);
  return number != nullptr && *number > 0;
}

bool IsRowByRow(const Node& node) {
  const std::string_view name = BaseName(node.target);
  return node.target == kPackedConvolution || IsActivationFunction(node.target) ||
         (name == "cat" ? JoinsRows(node)
                        : std::ranges::find(kRowByRow, name) != std::end(kRowByRow));
}

// What `node` reads and writes, without constants; nullopt where it cannot run row by row.
std::optional<double> BytesPerInput(const Program& program, const Node& node) {
  if (!IsRowByRow(node)) {
    return std::nullopt;
  }
  std::set<ValueId> touched;
  std::ranges::copy(Program::Reads(node), std::inserter(touched, touched.end()));
  std::ranges::copy(node.outputs, std::inserter(touched, touched.end()));
  touched.erase(kNone);
  double bytes = 0;
  for (const ValueId id : touched) {
    const Value& value = program.values[id];
    if (value.kind == ValueKind::kConstant) {
      continue;
    }
    if (!HasRowPerInput(value)) {
      return std::nullopt;
    }
    double one = static_cast<double>(ItemSize(value.dtype));
    for (const int64_t size : value.ShapeAt(/*batch=*/1)) {
      one *= static_cast<double>(size);
    }
    bytes += one;
  }
  return bytes;
}

}  // namespace

bool HasRowPerInput(const Value& value) {
  return !value.dims.empty() && value.dims.front() == Dim{.constant = 0, .per_batch = 1} &&
         std::ranges::all_of(value.dims.begin() + 1, value.dims.end(),
                             [](const Dim& dim) { return dim.per_batch == 0; });
}

BatchSlices::BatchSlices(const Lowered& lowered, int threads) {
  const Program& program = lowered.program;
  if (!program.dynamic_batch || !lowered.device.is_cpu()) {
    return;
  }
  // By node: the most bytes that it or one behind it reads and writes for one input.
  std::vector<double> most_bytes;
  for (const Node& node : program.nodes) {
    const std::optional<double> bytes = BytesPerInput(program, node);
    if (!bytes) {
      break;
    }
    most_bytes.push_back(*bytes);
  }
  for (size_t i = most_bytes.size(); i-- > 1;) {
    most_bytes[i - 1] = std::max(most_bytes[i - 1], most_bytes[i]);
  }
  for (size_t i = 0; i < most_bytes.size(); ++i) {
    const double fit =
        std::clamp(threads * kSliceBytes / std::max(most_bytes[i], 1.0), 1.0, kMostInputs);
    const auto inputs = static_cast<int64_t>(std::bit_floor(static_cast<uint64_t>(fit)));
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
    const auto behind = std::ranges::lower_bound(plan.nodes, stretch.end);
    const auto end = static_cast<size_t>(behind - plan.nodes.begin());
    if (stretch.inputs < batch && end > (stages.empty() ? 0 : stages.back().end)) {
      stages.push_back({end, stretch.inputs});
    }
  }
  stages.push_back({plan.nodes.size(), batch});
  return stages;
}

}  // namespace tideline::aten
