#pragma once

#include <limits>
#include <string>
#include <vector>

#include "common/program/frontier.h"
#include "common/program/program.h"

namespace tideline {

// The groups of a program as a graph: what the search for frontiers works on. Immutable once made,
// thread-safe. Private to common/program.
struct GroupGraph {
  static constexpr int kResult = std::numeric_limits<int>::max();  // "reader": the network's result

  struct Output {
    ValueId value = kNone;
    int group = 0;
    std::string name;
    std::vector<int> readers;  // ascending; kResult last
  };

  // Heads are sets of groups, closed under "reads from".
  using Head = std::vector<bool>;

  GroupGraph(const Program& program, const std::vector<Group>& groups);

  // What crosses a head's border, as indices of outputs, ascending.
  std::vector<int> Crossing(const Head& head) const;
  // Everything that `outputs` depend on.
  Head HeadOf(const std::vector<int>& outputs) const;
  Frontier ToFrontier(const std::vector<int>& outputs) const;

  std::vector<Output> outputs;          // in topological order
  std::vector<std::vector<int>> reads;  // by group: outputs of other groups, ascending, each once
  std::vector<bool> reads_input;        // by group
  std::vector<bool> makes_result;       // by group
  bool input_is_result = false;         // the network hands an input on: nothing can be cut
};

}  // namespace tideline
