#include <algorithm>

#include "common/engine/aten/passes/passes.h"

namespace tideline::aten {
namespace {

// Random numbers and memory without content differ from call to call.
bool IsDeterministic(const c10::OperatorHandle& op) {
  return !op.hasTag(at::Tag::nondeterministic_seeded);
}

bool IsConstant(const Lowered& lowered, const Node& node) {
  const std::vector<ValueId> reads = Program::Reads(node);
  const auto depends_on_batch = [](const Argument& argument) {
    return std::holds_alternative<Dim>(argument.value) ||
           std::holds_alternative<std::vector<Dim>>(argument.value);
  };
  return std::ranges::none_of(node.arguments, depends_on_batch) &&
         std::ranges::all_of(reads, [&](ValueId id) { return !lowered.constants[id].isNone(); });
}

}  // namespace

void FoldConstants(Lowered& lowered) {
  Stack stack;
  for (Node& node : lowered.program.nodes) {
    const auto op = FindOperator(node.target);
    if (!IsConstant(lowered, node) || !op || !IsDeterministic(*op)) {
      continue;
    }
    const auto operation = Operation::Create(node, *op, lowered.constants, lowered.device);
    if (operation.ok()) {
      operation->Run(/*batch=*/1, lowered.constants, stack);
      for (const ValueId output : node.outputs) {
        if (output != kNone) {
          lowered.program.values[output].kind = ValueKind::kConstant;
        }
      }
      node = Node();
    }
  }
  Sweep(lowered);
}

}  // namespace tideline::aten
