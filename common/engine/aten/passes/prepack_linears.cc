#include "common/engine/aten/passes/onednn.h"
#include "common/engine/aten/passes/passes.h"
#include "common/program/operators.h"

namespace tideline::aten {
namespace {

// The rows that the layer multiplies at once: every dimension of its input but the last.
int64_t Rows(const Program& program, ValueId input) {
  int64_t rows = 1;
  const Shape shape = program.values[input].ShapeAt(program.static_batch);
  for (size_t i = 0; i + 1 < shape.size(); ++i) {
    rows *= shape[i];
  }
  return rows;
}

}  // namespace

void PrepackLinears(Lowered& lowered) {
  for (Node& node : lowered.program.nodes) {
    const ValueId input = ValueArgument(node, "input");
    const at::Tensor weight = ConstantArgument(lowered, node, "weight");
    if (!IsLinear(node.target) || input == kNone || !weight.defined() || weight.dim() != 2 ||
        !IsOneDnnType(weight.scalar_type())) {
      continue;
    }
    const std::string& name = lowered.program.values[ValueArgument(node, "weight")].name;
    const at::Tensor packed =
        Call("mkldnn._reorder_linear_weight.default", {weight, Rows(lowered.program, input)});
    const ValueId packed_id = AddConstant(lowered, name + ".packed", packed);
    ReleaseConstant(lowered, ValueArgument(node, "weight"));
    node.target = kPackedLinear;
    node.arguments = {{"X", ValueRef{input}},
                      {"W", ValueRef{packed_id}},
                      {"B", ValueRef{ValueArgument(node, "bias")}}};
    AddNoActivation(node);
  }
  Sweep(lowered);
}

}  // namespace tideline::aten
