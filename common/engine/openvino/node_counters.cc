#include "common/engine/openvino/node_counters.h"

#include <algorithm>
#include <chrono>
#include <map>
#include <string>
#include <unordered_map>
#include <utility>

#include "absl/strings/numbers.h"
#include "absl/strings/str_split.h"
#include <openvino/runtime/properties.hpp>

#include "common/engine/node_times.h"
#include "common/engine/openvino/constants.h"
#include "common/engine/openvino/convert.h"
#include "common/program/costs.h"

namespace tideline::openvino {
namespace {

// OpenVINO keeps the names of what it fuses, so the names say which node an operation is for.
constexpr char kPrefix[] = "node:";
constexpr char kOriginalNames[] = "originalLayersNames";  // of a compiled operation, by commas

void NameByNode(const ov::Model& model) {
  size_t count = 0;
  for (const auto& operation : model.get_ordered_ops()) {
    if (const std::optional<NodeId> origin = OriginOf(*operation)) {
      operation->set_friendly_name(fmt::format("{}{}:{}", kPrefix, *origin, ++count));
    }
  }
}

// What each node has of the time of a compiled operation.
using Shares = std::vector<std::pair<NodeId, double>>;

// The nodes that `names` are of, each once, with their shares of the work.
Shares SharesOf(const std::string& names, std::span<const Cost> costs) {
  std::map<NodeId, double> works;
  double sum = 0;
  for (const std::string& name : std::vector<std::string>(absl::StrSplit(names, ','))) {
    const std::vector<std::string> parts = absl::StrSplit(name, ':');
    NodeId node = kNone;
    if (parts.size() > 1 && name.starts_with(kPrefix) && absl::SimpleAtoi(parts[1], &node) &&
        works.try_emplace(node, Work(costs[node]) + 1).second) {  // a view has no work
      sum += works[node];
    }
  }
  Shares shares;
  for (const auto& [node, work] : works) {
    shares.emplace_back(node, work / sum);
  }
  return shares;
}

// By name of a compiled operation.
std::unordered_map<std::string, Shares> NodesOf(const ov::CompiledModel& model,
                                                std::span<const Cost> costs) {
  std::unordered_map<std::string, Shares> nodes;
  for (const auto& operation : model.get_runtime_model()->get_ordered_ops()) {
    const auto& info = operation->get_rt_info();
    if (const auto names = info.find(kOriginalNames); names != info.end()) {
      nodes[operation->get_friendly_name()] = SharesOf(names->second.as<std::string>(), costs);
    }
  }
  return nodes;
}

}  // namespace

absl::StatusOr<std::vector<double>> CountNodes(const CompileContext& context,
                                               const Program& program, const SegmentPlan& plan,
                                               std::span<const Tensor> inputs, int64_t batch,
                                               int runs) {
  NodeTimes times(program.nodes.size());
  const Computation part = ComputedPart(program, plan);
  if (part.outputs.empty()) {
    return times.Medians();
  }
  if (const uint64_t bytes = EstimateCompileBytes(program, plan, batch);
      context.memory_limit != 0 && bytes > context.memory_limit) {
    return ResourceExhausted("compiling it takes about {} bytes, the limit is {}", bytes,
                             context.memory_limit);
  }
  const Conversion conversion = Convert(program, part, batch);
  NameByNode(*conversion.model);
  ov::AnyMap properties = context.device.properties;
  properties.insert(ov::enable_profiling(true));
  ov::CompiledModel compiled =
      context.core->compile_model(conversion.model, context.device.name, properties);
  const std::unordered_map<std::string, Shares> nodes = NodesOf(compiled, NodeCosts(program));
  ov::InferRequest request = compiled.create_infer_request();
  for (size_t i = 0; i < part.inputs.size(); ++i) {
    const auto place = std::ranges::find(plan.inputs, part.inputs[i]) - plan.inputs.begin();
    ASSIGN_OR_RETURN(const Tensor tensor, Contiguous(inputs[static_cast<size_t>(place)]));
    ov::Tensor copy(ToElementType(tensor.dtype()), ToOvShape(tensor.shape()));
    std::copy_n(tensor.data(), tensor.nbytes(), static_cast<std::byte*>(copy.data()));
    request.set_input_tensor(i, copy);
  }
  request.infer();  // the first one is slower
  for (int run = 0; run < runs; ++run) {
    request.infer();
    for (const ov::ProfilingInfo& info : request.get_profiling_info()) {
      const auto found = nodes.find(info.node_name);
      for (const auto& [node, share] : found == nodes.end() ? Shares() : found->second) {
        times.Add(node, share * std::chrono::duration<double, std::nano>(info.real_time).count());
      }
    }
    times.EndRun();
  }
  return times.Medians();
}

}  // namespace tideline::openvino
