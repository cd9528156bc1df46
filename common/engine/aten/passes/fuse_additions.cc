#include "common/engine/aten/fused.h"
#include "common/engine/aten/passes/passes.h"

namespace tideline::aten {

// An addition and the relu behind it, as at the end of a residual block, go once over the memory.
// LibTorch has that in float32 alone.
void FuseAdditions(Lowered& lowered) {
  Program& program = lowered.program;
  if (lowered.precision != at::kFloat) {
    return;
  }
  for (Node& node : program.nodes) {
    if (node.target != "aten.add.Tensor" || ValueArgument(node, "other") == kNone ||
        program.values[node.outputs[0]].dtype != DType::kFloat32) {
      continue;
    }
    const NodeId reader = OnlyReader(lowered, node.outputs[0]);
    if (reader != kNone && program.nodes[reader].target == "aten.relu.default") {
      node.target = kAddRelu;
      node.outputs = program.nodes[reader].outputs;
      program.nodes[reader] = Node();
    }
  }
  Sweep(lowered);
}

}  // namespace tideline::aten
