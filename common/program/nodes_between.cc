#include <vector>

#include "common/program/frontier.h"

namespace tideline {

absl::StatusOr<std::vector<NodeId>> NodesBetween(const Program& program, const Frontier& from,
                                                 const Frontier& to) {
  std::vector<bool> given(program.values.size(), false);
  for (const ValueId id : from.values) {
    given[id] = true;
  }
  std::vector<bool> needed(program.nodes.size(), false);
  const auto need = [&](ValueId id) {
    const Value& value = program.values[id];
    if (given[id] || value.kind == ValueKind::kConstant) {
      return absl::OkStatus();
    }
    if (value.producer == kNone) {
      return InvalidArgument("'{}' cannot be computed from '{}': it needs the input '{}'", to.name,
                             from.name, value.name);
    }
    needed[value.producer] = true;
    return absl::OkStatus();
  };
  for (const ValueId id : to.values) {
    RETURN_IF_ERROR(need(id));
  }
  std::vector<NodeId> nodes;
  for (size_t i = program.nodes.size(); i-- > 0;) {
    if (needed[i]) {
      nodes.push_back(static_cast<NodeId>(i));
      for (const ValueId id : Program::Reads(program.nodes[i])) {
        RETURN_IF_ERROR(need(id));
      }
    }
  }
  return std::vector<NodeId>(nodes.rbegin(), nodes.rend());
}

}  // namespace tideline
