#include "common/engine/aten/model.h"

#include <exception>
#include <map>
#include <string>
#include <utility>

#include <ATen/Context.h>
#include <ATen/Parallel.h>
#include <ATen/Version.h>
#include <c10/core/InferenceMode.h>
#include <fmt/ranges.h>
#include <torch/headeronly/version.h>

#include "common/base/clock.h"
#include "common/engine/aten/convert.h"
#include "common/engine/aten/error.h"
#include "common/engine/inputs.h"
#include "common/engine/node_times.h"

// The operators run one after the other, boxed, in inference mode, never in place; each value is
// freed after its last use.
namespace tideline::aten {
namespace {

std::string NodeText(const Node& node) {
  return node.module_path.empty()
             ? fmt::format("operator {}", node.target)
             : fmt::format("operator {} of '{}'", node.target, node.module_path);
}

// The operators of all nodes, by NodeId. Errors: Unimplemented with every one that is missing.
absl::StatusOr<std::vector<c10::OperatorHandle>> FindOperators(const Program& program) {
  std::vector<c10::OperatorHandle> operators;
  std::map<std::string, int> missing;
  for (const Node& node : program.nodes) {
    if (auto found = FindOperator(node.target)) {
      operators.push_back(*found);
    } else {
      ++missing[node.target];
    }
  }
  if (missing.empty()) {
    return operators;
  }
  std::vector<std::string> names;
  for (const auto& [name, count] : missing) {
    names.push_back(count == 1 ? name : fmt::format("{} ({} times)", name, count));
  }
  return Unimplemented("engine aten: LibTorch {} lacks operators of this network: {}",
                       TORCH_VERSION, fmt::join(names, ", "));
}

// Constants that an operation looks up when it runs: those in lists, and results.
std::vector<ValueId> ReadLate(const Lowered& lowered) {
  std::vector<bool> late(lowered.program.values.size(), false);
  for (const ValueId id : lowered.program.outputs) {
    late[id] = true;
  }
  for (const Node& node : lowered.program.nodes) {
    for (const Argument& argument : node.arguments) {
      if (const auto* refs = std::get_if<std::vector<ValueRef>>(&argument.value)) {
        for (const ValueRef& ref : *refs) {
          if (ref.id != kNone) {
            late[ref.id] = true;
          }
        }
      }
    }
  }
  std::vector<ValueId> ids;
  for (size_t i = 0; i < late.size(); ++i) {
    if (late[i] && !lowered.constants[i].isNone()) {
      ids.push_back(static_cast<ValueId>(i));
    }
  }
  return ids;
}

// By node of `lowered`: the node of `program` that makes its result, or the result of its reader
// where passes have put it between two.
std::vector<NodeId> Origins(const Program& program, const Program& lowered) {
  std::vector<NodeId> origins(lowered.nodes.size(), kNone);
  for (size_t node = origins.size(); node-- > 0;) {
    for (const ValueId output : lowered.nodes[node].outputs) {
      if (output == kNone) {
        continue;
      }
      const bool known = static_cast<size_t>(output) < program.values.size();
      const std::vector<NodeId>& readers = lowered.values[output].users;
      if (known && program.values[output].producer != kNone) {
        origins[node] = program.values[output].producer;
      } else if (origins[node] == kNone && !readers.empty()) {
        origins[node] = origins[readers.front()];
      }
    }
  }
  return origins;
}

int64_t ByteSize(const at::Tensor& tensor) {
  return tensor.numel() * static_cast<int64_t>(tensor.element_size());
}

std::string_view NameOf(at::ScalarType precision) {
  return precision == at::kFloat ? "float32" : precision == at::kBFloat16 ? "bfloat16" : "float16";
}

}  // namespace

absl::StatusOr<std::unique_ptr<AtenModel>> AtenModel::Create(std::shared_ptr<const Program> program,
                                                             Lowered lowered, int threads) {
  std::unique_ptr<AtenModel> model(new AtenModel(std::move(program), std::move(lowered), threads));
  const Lowered& own = model->lowered_;
  ASSIGN_OR_RETURN(std::vector<c10::OperatorHandle> operators, FindOperators(own.program));
  for (size_t i = 0; i < own.program.nodes.size(); ++i) {
    const Node& node = own.program.nodes[i];
    absl::StatusOr<Operation> operation =
        Operation::Create(node, std::move(operators[i]), own.constants, own.device);
    if (!operation.ok()) {
      return Annotate(operation.status(), "engine aten: " + NodeText(node));
    }
    if (const auto packed = own.packed_for_batches.find(ValueArgument(node, "W"));
        packed != own.packed_for_batches.end()) {
      operation->UseForBatches("W", packed->second);
    }
    model->operations_.push_back(*std::move(operation));
  }
  model->read_late_ = ReadLate(own);
  model->origins_ = Origins(*model->program_, own.program);
  for (const c10::IValue& constant : own.constants) {
    if (constant.isTensor()) {
      model->weight_bytes_ += ByteSize(constant.toTensor());
    }
  }
  for (const auto& [id, packed] : own.packed_for_batches) {
    model->weight_bytes_ += ByteSize(packed);
  }
  return model;
}

absl::StatusOr<std::vector<Tensor>> AtenModel::Run(const Segment& segment,
                                                   std::span<const Tensor> inputs,
                                                   const RunOptions& options) {
  return RunHooked(segment, inputs, {.stop = options.stop});
}

absl::StatusOr<std::vector<Tensor>> AtenModel::RunHooked(const Segment& segment,
                                                         std::span<const Tensor> inputs,
                                                         const RunHooks& hooks) {
  ASSIGN_OR_RETURN(const int64_t batch, CheckInputs(*program_, segment.from, inputs));
  ASSIGN_OR_RETURN(const std::shared_ptr<const SegmentPlan> plan,
                   plans_.Get(lowered_.program, segment));
  PlanRun run(lowered_, operations_, slices_, *plan, hooks);
  try {
    return RunPlan(run, *plan, batch, inputs);
  } catch (const Stopped&) {
    return Cancelled("engine aten: the run was stopped");
  } catch (const std::exception& error) {
    return Internal("engine aten: {}: {}", run.current() ? NodeText(*run.current()) : "inputs",
                    FirstLine(error));
  }
}

absl::StatusOr<std::vector<double>> AtenModel::TimeNodes(const Segment& segment,
                                                         std::span<const Tensor> inputs, int runs) {
  if (!lowered_.device.is_cpu()) {
    return Unimplemented("engine aten: nodes are timed on the CPU alone, this is {}",
                         lowered_.device.str());
  }
  ASSIGN_OR_RETURN(const std::shared_ptr<const SegmentPlan> plan,
                   plans_.Get(lowered_.program, segment));
  const SystemClock clock;
  NodeTimes times(program_->nodes.size());
  for (int run = 0; run < runs; ++run) {
    MonotonicTime before = clock.Now();
    const auto done = [&](size_t place) {
      const MonotonicTime now = clock.Now();
      times.Add(origins_[plan->nodes[place]], absl::ToDoubleNanoseconds(now - before));
      before = now;
    };
    RETURN_IF_ERROR(RunHooked(segment, inputs, {.done = done}).status());
    times.EndRun();
  }
  return times.Medians();
}

EngineDescription AtenModel::Describe() const {
  return {.engine = "aten",
          .version = TORCH_VERSION,
          .device = lowered_.device.str(),
          .isa = lowered_.device.is_cpu() ? at::get_cpu_capability() : lowered_.device.str(),
          .precision = std::string(NameOf(lowered_.precision)),
          .threads = threads_,
          .weight_bytes = weight_bytes_};
}

// A value as the operators behind it find it in a run of the whole network.
at::Tensor AtenModel::Enter(ValueId id, const Tensor& tensor) const {
  at::Tensor entered = ToAten(tensor);
  const at::ScalarType type =
      entered.scalar_type() == at::kFloat ? lowered_.precision : entered.scalar_type();
  entered = entered.to(lowered_.device, type);
  return lowered_.channels_last[id] ? entered.contiguous(at::MemoryFormat::ChannelsLast) : entered;
}

absl::StatusOr<Tensor> AtenModel::Leave(ValueId id, const at::Tensor& tensor) const {
  const at::ScalarType type = ToScalarType(program_->values[id].dtype);
  return FromAten(tensor.to(at::kCPU, type == at::kFloat ? at::kFloat : tensor.scalar_type()));
}

absl::StatusOr<std::vector<Tensor>> AtenModel::RunPlan(PlanRun& run, const SegmentPlan& plan,
                                                       int64_t batch,
                                                       std::span<const Tensor> inputs) const {
  const c10::InferenceMode inference_mode;
  // The number belongs to the calling thread.
  if (at::get_num_threads() != threads_) {
    at::set_num_threads(threads_);
  }
  ValueTable values(lowered_.program.values.size());
  for (const ValueId id : read_late_) {
    values[id] = lowered_.constants[id];
  }
  for (size_t i = 0; i < inputs.size(); ++i) {
    values[plan.inputs[i]] = Enter(plan.inputs[i], inputs[i]);
  }
  run.Run(batch, values);
  std::vector<Tensor> outputs;
  for (const ValueId output : plan.outputs) {
    ASSIGN_OR_RETURN(Tensor tensor, Leave(output, values[output].toTensor()));
    outputs.push_back(std::move(tensor));
  }
  return outputs;
}

}  // namespace tideline::aten
