#include "partitioner/quantizer/layers.h"

#include <string_view>

#include "common/program/operators.h"

namespace tideline {
namespace {

ValueId ValueArgument(const Node& node, std::string_view name) {
  const Argument* argument = Program::Find(node, name);
  const auto* ref = argument == nullptr ? nullptr : std::get_if<ValueRef>(&argument->value);
  return ref == nullptr ? kNone : ref->id;
}

bool IsTransposed(const Node& node) {
  const Argument* argument = Program::Find(node, "transposed");
  const bool* transposed = argument == nullptr ? nullptr : std::get_if<bool>(&argument->value);
  return transposed != nullptr && *transposed;
}

bool IsQuantizable(const Value& activation, const Value& weight) {
  return activation.dtype == DType::kFloat32 && activation.kind != ValueKind::kConstant &&
         weight.kind == ValueKind::kConstant && weight.dtype == DType::kFloat32 &&
         weight.constant.shape().size() >= 2 && weight.constant.numel() > 0;
}

}  // namespace

std::vector<QuantizableLayer> QuantizableLayers(const Program& program) {
  std::vector<QuantizableLayer> layers;
  for (size_t i = 0; i < program.nodes.size(); ++i) {
    const Node& node = program.nodes[i];
    if ((!IsConvolution(node.target) && !IsLinear(node.target)) || IsTransposed(node)) {
      continue;
    }
    const ValueId activation = ValueArgument(node, "input");
    const ValueId weight = ValueArgument(node, "weight");
    if (activation != kNone && weight != kNone &&
        IsQuantizable(program.values[activation], program.values[weight])) {
      layers.push_back({static_cast<NodeId>(i), activation, weight});
    }
  }
  return layers;
}

}  // namespace tideline
