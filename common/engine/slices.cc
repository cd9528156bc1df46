#include "common/engine/slices.h"

#include <algorithm>
#include <bit>
#include <cstring>
#include <map>
#include <set>
#include <utility>
#include <vector>

#include "common/engine/inputs.h"
#include "common/engine/model_decorator.h"
#include "common/engine/rows.h"

namespace tideline {
namespace {

// More segments than that are a sweep over all cuts, not what serves.
constexpr size_t kMostSegments = 4096;

// Rows `first` to before `first + count` of a tensor.
Tensor Rows(const Tensor& tensor, int64_t first, int64_t count) {
  Shape shape = tensor.shape();
  shape[0] = count;
  const int64_t bytes =
      first * tensor.strides()[0] * static_cast<int64_t>(ItemSize(tensor.dtype()));
  return Tensor::View(tensor.dtype(), std::move(shape), tensor.strides(), tensor.data() + bytes,
                      tensor.owner());
}

// Tensors of the same values, one below the other.
absl::StatusOr<Tensor> Join(const std::vector<Tensor>& parts, int64_t batch) {
  Shape shape = parts.front().shape();
  shape[0] = batch;
  ASSIGN_OR_RETURN(Tensor joined, Tensor::Allocate(parts.front().dtype(), std::move(shape)));
  std::byte* end = joined.mutable_data();
  for (const Tensor& part : parts) {
    ASSIGN_OR_RETURN(const Tensor rows, Contiguous(part));
    std::memcpy(end, rows.data(), rows.nbytes());
    end += rows.nbytes();
  }
  return joined;
}

class SlicedModel final : public ModelDecorator {
 public:
  SlicedModel(std::unique_ptr<PreparedModel> model, std::shared_ptr<const Program> program,
              SliceLimits limits)
      : ModelDecorator(std::move(model)), program_(std::move(program)), limits_(limits) {}

  absl::StatusOr<std::vector<Tensor>> Run(const Segment& segment, std::span<const Tensor> inputs,
                                          const RunOptions& options) override {
    ASSIGN_OR_RETURN(const int64_t batch, CheckInputs(*program_, segment.from, inputs));
    const int64_t most = batch > 1 ? MostInputs(segment) : 1;
    return batch <= most ? model().Run(segment, inputs, options)
                         : RunSlices(segment, inputs, {.batch = batch, .most = most}, options);
  }

 private:
  int64_t MostInputs(const Segment& segment) {
    if (most_inputs_.size() >= kMostSegments) {
      most_inputs_.clear();
    }
    const auto [found, added] =
        most_inputs_.try_emplace({segment.from.values, segment.to.values}, kLargestBatch);
    if (added) {
      found->second = FindMostInputs(segment);
    }
    return found->second;
  }

  int64_t FindMostInputs(const Segment& segment) const {
    const auto has_rows = [&](ValueId id) { return HasRowPerInput(program_->values[id]); };
    const auto nodes = NodesBetween(*program_, segment.from, segment.to);
    if (!nodes.ok() || !std::ranges::all_of(segment.from.values, has_rows) ||
        !std::ranges::all_of(segment.to.values, has_rows)) {
      return kLargestBatch;
    }
    std::set<ValueId> constants;
    double weights = 0;
    double most = 0;
    for (const NodeId id : *nodes) {
      const Node& node = program_->nodes[id];
      if (!IsRowByRow(*program_, node)) {
        return kLargestBatch;
      }
      most = std::max(most, BytesPerInput(*program_, node));
      for (const ValueId read : Program::Reads(node)) {
        if (program_->values[read].kind == ValueKind::kConstant && constants.insert(read).second) {
          weights += static_cast<double>(program_->values[read].constant.nbytes());
        }
      }
    }
    return weights > limits_.weights ? kLargestBatch : InputsThatFit(limits_.bytes, most);
  }

  struct Sizes {
    int64_t batch = 0;
    int64_t most = 0;  // inputs of a slice
  };

  absl::StatusOr<std::vector<Tensor>> RunSlices(const Segment& segment,
                                                std::span<const Tensor> inputs, const Sizes& sizes,
                                                const RunOptions& options) {
    std::vector<std::vector<Tensor>> made(segment.to.values.size());  // by output, per slice
    for (int64_t first = 0; first < sizes.batch;) {
      // What is left at the end is taken apart further, so that few sizes are ever compiled.
      const auto left = static_cast<uint64_t>(sizes.batch - first);
      const int64_t count = std::min<int64_t>(sizes.most, std::bit_floor(left));
      std::vector<Tensor> slice;
      for (const Tensor& input : inputs) {
        slice.push_back(Rows(input, first, count));
      }
      ASSIGN_OR_RETURN(std::vector<Tensor> outputs, model().Run(segment, slice, options));
      for (size_t i = 0; i < outputs.size(); ++i) {
        made[i].push_back(std::move(outputs[i]));
      }
      first += count;
    }
    std::vector<Tensor> joined;
    for (const std::vector<Tensor>& parts : made) {
      ASSIGN_OR_RETURN(Tensor tensor, Join(parts, sizes.batch));
      joined.push_back(std::move(tensor));
    }
    return joined;
  }

  const std::shared_ptr<const Program> program_;
  const SliceLimits limits_;
  std::map<std::pair<std::vector<ValueId>, std::vector<ValueId>>, int64_t> most_inputs_;
};

}  // namespace

std::unique_ptr<PreparedModel> RunInSlices(std::unique_ptr<PreparedModel> model,
                                           std::shared_ptr<const Program> program,
                                           SliceLimits limits) {
  return std::make_unique<SlicedModel>(std::move(model), std::move(program), limits);
}

}  // namespace tideline
