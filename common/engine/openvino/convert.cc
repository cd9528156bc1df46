#include "common/engine/openvino/convert.h"

#include <algorithm>

#include <openvino/frontend/pytorch/frontend.hpp>
#include <openvino/op/parameter.hpp>
#include <openvino/op/result.hpp>
#include <openvino/op/util/framework_node.hpp>

namespace tideline::openvino {
namespace {

// Takes results out of `model` that are its parameters or equal to other results.
std::vector<OutputSource> TakeOutCopies(ov::Model& model) {
  std::vector<OutputSource> sources;
  std::vector<ov::Output<ov::Node>> kept;
  for (const auto& result : ov::ResultVector(model.get_results())) {
    const ov::Output<ov::Node> source = result->input_value(0);
    const auto same = std::ranges::find(kept, source);
    if (const auto parameter =
            ov::as_type_ptr<ov::op::v0::Parameter>(source.get_node_shared_ptr())) {
      sources.push_back({true, static_cast<size_t>(model.get_parameter_index(parameter))});
      model.remove_result(result);
    } else if (same != kept.end()) {
      sources.push_back({false, static_cast<size_t>(same - kept.begin())});
      model.remove_result(result);
    } else {
      sources.push_back({false, kept.size()});
      kept.push_back(source);
    }
  }
  return sources;
}

}  // namespace

Computation ComputedPart(const Program& program, const SegmentPlan& plan) {
  Computation part{.nodes = plan.nodes};
  std::set<ValueId> read;
  std::set<ValueId> made;
  for (const NodeId id : plan.nodes) {
    const Node& node = program.nodes[id];
    const std::vector<ValueId> reads = Program::Reads(node);
    read.insert(reads.begin(), reads.end());
    made.insert(node.outputs.begin(), node.outputs.end());
  }
  for (const ValueId input : plan.inputs) {
    if (read.erase(input) > 0) {
      part.inputs.push_back(input);
    }
  }
  for (const ValueId output : plan.outputs) {
    if (made.erase(output) > 0) {
      part.outputs.push_back(output);
    }
  }
  return part;
}

Conversion Convert(const Program& program, const Computation& computation, int64_t batch) {
  const ov::frontend::pytorch::FrontEnd front_end;
  const ov::frontend::InputModel::Ptr input =
      front_end.load(MakeDecoder(program, computation, batch));
  Conversion conversion{.model = front_end.convert_partially(input)};
  front_end.normalize(conversion.model);
  conversion.outputs = TakeOutCopies(*conversion.model);
  for (const auto& node : conversion.model->get_ordered_ops()) {
    if (std::dynamic_pointer_cast<ov::op::util::FrameworkNode>(node) == nullptr) {
      continue;
    }
    const std::optional<NodeId> origin = OriginOf(*node);
    conversion.unsupported.insert(origin.value_or(computation.nodes.front()));
  }
  return conversion;
}

}  // namespace tideline::openvino
