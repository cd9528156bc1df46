#include "common/engine/aten/passes/passes.h"
#include "common/program/operators.h"

namespace tideline::aten {
namespace {

bool IsFalseOrAbsent(const Node& node, std::string_view name) {
  const Argument* argument = Program::Find(node, name);
  return argument == nullptr || argument->value.index() == 0 ||
         (std::holds_alternative<bool>(argument->value) && !std::get<bool>(argument->value));
}

// A clone that orders memory anew is none.
bool KeepsLayout(const Node& node) {
  const Argument* argument = Program::Find(node, "memory_format");
  const auto* format = argument == nullptr ? nullptr : std::get_if<MemoryFormat>(&argument->value);
  return format == nullptr || *format == MemoryFormat::kPreserve;
}

bool IsRemovable(const Node& node) {
  return IsIdentity(node.target) && node.outputs.size() == 1 && node.outputs[0] != kNone &&
         IsFalseOrAbsent(node, "train") && IsFalseOrAbsent(node, "training") && KeepsLayout(node);
}

}  // namespace

void RemoveIdentities(Lowered& lowered) {
  for (size_t i = 0; i < lowered.program.nodes.size(); ++i) {
    const Node& node = lowered.program.nodes[i];
    const std::vector<ValueId> reads = Program::Reads(node);
    if (IsRemovable(node) && reads.size() == 1) {
      Bypass(lowered, static_cast<NodeId>(i), reads[0], node.outputs[0]);
    }
  }
  Sweep(lowered);
}

}  // namespace tideline::aten
