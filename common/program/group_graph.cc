#include "common/program/group_graph.h"

#include <algorithm>
#include <utility>

namespace tideline {
namespace {

std::vector<int> Sorted(std::vector<int> numbers) {
  std::ranges::sort(numbers);
  const auto rest = std::ranges::unique(numbers);
  numbers.erase(rest.begin(), rest.end());
  return numbers;
}

}  // namespace

GroupGraph::GroupGraph(const Program& program, const std::vector<Group>& groups)
    : reads(groups.size()), reads_input(groups.size()), makes_result(groups.size()) {
  std::vector<int> output_of(program.values.size(), kNone);
  for (size_t i = 0; i < groups.size(); ++i) {
    for (size_t k = 0; k < groups[i].outputs.size(); ++k) {
      output_of[groups[i].outputs[k]] = static_cast<int>(outputs.size());
      outputs.push_back({groups[i].outputs[k], static_cast<int>(i), groups[i].output_names[k], {}});
    }
  }
  for (size_t i = 0; i < groups.size(); ++i) {
    for (const ValueId id : Program::Reads(program.nodes[groups[i].nodes.front()])) {
      if (program.values[id].kind == ValueKind::kInput) {
        reads_input[i] = true;
      } else if (output_of[id] != kNone) {
        reads[i].push_back(output_of[id]);
      }
    }
    reads[i] = Sorted(std::move(reads[i]));
    for (const int output : reads[i]) {
      outputs[output].readers.push_back(static_cast<int>(i));
    }
  }
  for (const ValueId id : program.outputs) {
    input_is_result = input_is_result || program.values[id].kind == ValueKind::kInput;
    if (output_of[id] != kNone) {
      Output& output = outputs[output_of[id]];
      makes_result[output.group] = true;
      if (output.readers.empty() || output.readers.back() != kResult) {
        output.readers.push_back(kResult);
      }
    }
  }
}

std::vector<int> GroupGraph::Crossing(const Head& head) const {
  std::vector<int> crossing;
  for (size_t i = 0; i < outputs.size(); ++i) {
    const Output& output = outputs[i];
    const bool read_outside = std::ranges::any_of(
        output.readers, [&](int reader) { return reader == kResult || !head[reader]; });
    if (head[output.group] && read_outside) {
      crossing.push_back(static_cast<int>(i));
    }
  }
  return crossing;
}

GroupGraph::Head GroupGraph::HeadOf(const std::vector<int>& wanted) const {
  Head head(reads.size(), false);
  for (const int output : wanted) {
    head[outputs[output].group] = true;
  }
  for (size_t group = head.size(); group-- > 0;) {
    if (head[group]) {
      for (const int output : reads[group]) {
        head[outputs[output].group] = true;
      }
    }
  }
  return head;
}

Frontier GroupGraph::ToFrontier(const std::vector<int>& wanted) const {
  Frontier frontier;
  for (const int output : wanted) {
    frontier.name += (frontier.name.empty() ? "" : "+") + outputs[output].name;
    frontier.values.push_back(outputs[output].value);
  }
  return frontier;
}

}  // namespace tideline
