#include "common/program/graph.h"

#include <algorithm>
#include <utility>

namespace tideline {
namespace {

// Which nodes some result depends on; nodes are in topological order.
std::vector<bool> LiveNodes(const Program& program) {
  std::vector<bool> needed(program.values.size(), false);
  for (const ValueId output : program.outputs) {
    needed[output] = true;
  }
  std::vector<bool> live(program.nodes.size(), false);
  for (size_t i = program.nodes.size(); i-- > 0;) {
    const Node& node = program.nodes[i];
    live[i] =
        std::ranges::any_of(node.outputs, [&](ValueId id) { return id != kNone && needed[id]; });
    if (live[i]) {
      for (const ValueId id : Program::Reads(node)) {
        needed[id] = true;
      }
    }
  }
  return live;
}

// New numbers of the values that inputs, results and nodes name; kNone for the others.
std::vector<ValueId> Renumber(const Program& program) {
  std::vector<ValueId> number(program.values.size(), kNone);
  for (const ValueId id : program.inputs) {
    number[id] = 0;
  }
  for (const ValueId id : program.outputs) {
    number[id] = 0;
  }
  for (const Node& node : program.nodes) {
    for (const ValueId id : Program::Reads(node)) {
      number[id] = 0;
    }
    for (const ValueId id : node.outputs) {
      if (id != kNone) {
        number[id] = 0;
      }
    }
  }
  ValueId next = 0;
  for (ValueId& each : number) {
    each = each == kNone ? kNone : next++;
  }
  return number;
}

}  // namespace

void Relink(Program& program) {
  for (Value& value : program.values) {
    value.producer = kNone;
    value.users.clear();
  }
  for (size_t i = 0; i < program.nodes.size(); ++i) {
    const NodeId id = static_cast<NodeId>(i);
    for (const ValueId read : Program::Reads(program.nodes[i])) {
      std::vector<NodeId>& users = program.values[read].users;
      if (users.empty() || users.back() != id) {
        users.push_back(id);
      }
    }
    for (const ValueId output : program.nodes[i].outputs) {
      if (output != kNone) {
        program.values[output].producer = id;
      }
    }
  }
}

void RemoveDead(Program& program) {
  const std::vector<bool> live = LiveNodes(program);
  std::vector<Node> nodes;
  for (size_t i = 0; i < program.nodes.size(); ++i) {
    if (live[i]) {
      nodes.push_back(std::move(program.nodes[i]));
    }
  }
  program.nodes = std::move(nodes);

  const std::vector<ValueId> number = Renumber(program);
  std::vector<Value> values;
  for (size_t i = 0; i < program.values.size(); ++i) {
    if (number[i] != kNone) {
      values.push_back(std::move(program.values[i]));
    }
  }
  program.values = std::move(values);
  const auto rename = [&number](ValueId& id) { id = id == kNone ? kNone : number[id]; };
  std::ranges::for_each(program.inputs, rename);
  std::ranges::for_each(program.outputs, rename);
  for (Node& node : program.nodes) {
    std::ranges::for_each(node.outputs, rename);
    ForEachRef(node, [&](ValueRef& ref) { rename(ref.id); });
  }
  Relink(program);
}

}  // namespace tideline
