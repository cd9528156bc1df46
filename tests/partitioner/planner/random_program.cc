#include "tests/partitioner/planner/random_program.h"

#include <algorithm>
#include <set>
#include <utility>

namespace tideline {
namespace {

int Pick(int below, std::mt19937& random) {
  return static_cast<int>(random() % static_cast<unsigned>(below));
}

// The value of node i is i + 1; value 0 is the input. `unread` holds what nobody reads yet,
// ascending.
std::set<ValueId> ReadsOf(int node, bool last, int width, const std::set<ValueId>& unread,
                          std::mt19937& random) {
  if (node == 0) {
    return {0};
  }
  std::set<ValueId> reads;
  for (int k = 0; k <= Pick(2, random); ++k) {
    reads.insert(std::max(1, node - Pick(width, random)));
  }
  auto left = static_cast<int>(unread.size());
  for (const ValueId id : unread) {
    if (last || left-- >= width) {
      reads.insert(id);
    }
  }
  return reads;
}

}  // namespace

Program RandomProgram(int nodes, int width, std::mt19937& random) {
  Program program;
  const auto dims = [&] { return std::vector<Dim>{{.constant = 1 + Pick(5000, random)}}; };
  program.values.push_back({.name = "x", .kind = ValueKind::kInput, .dims = dims()});
  program.inputs = {0};
  std::set<ValueId> unread;
  for (int i = 0; i < nodes; ++i) {
    std::vector<ValueRef> refs;
    for (const ValueId id : ReadsOf(i, i == nodes - 1, width, unread, random)) {
      unread.erase(id);
      program.values[id].users.push_back(i);
      refs.push_back({id});
    }
    const std::string name = "n" + std::to_string(i);
    program.values.push_back({.name = name, .dims = dims(), .producer = i});
    Node& node = program.nodes.emplace_back();
    node.target = "aten.cat.default";
    node.arguments.push_back({"tensors", std::move(refs)});
    node.outputs = {i + 1};
    node.module_path = name;
    unread.insert(i + 1);
  }
  program.outputs = {nodes};
  return program;
}

void EnlargeValues(Program& program, std::mt19937& random) {
  for (Value& value : program.values) {
    if (random() % 2 == 0) {
      value.dims = {{.constant = 1},
                    {.constant = 1 + Pick(64, random)},
                    {.constant = 1 + Pick(256, random)},
                    {.constant = 128}};
    }
  }
}

}  // namespace tideline
