#include "common/program/frontier.h"

#include <algorithm>
#include <optional>
#include <utility>

#include "common/base/strings.h"
#include "common/program/group_graph.h"
#include "common/program/groups.h"

namespace tideline {
namespace {

// A cut of one value leaves a prefix of the groups in the head: whatever is outside depends on the
// value, so it comes later. One pass over the groups finds them all.
std::vector<Frontier> SingleFrontiers(const GroupGraph& graph) {
  std::vector<Frontier> single;
  if (graph.input_is_result) {
    return single;
  }
  const int groups = static_cast<int>(graph.reads.size());
  int last_input_reader = kNone;
  for (int group = 0; group < groups; ++group) {
    last_input_reader = graph.reads_input[group] ? group : last_input_reader;
  }
  std::vector<int> live_until(groups, 0);  // how many outputs have their last reader there
  int live = 0;
  size_t next = 0;  // first output not yet made
  for (int group = 0; group < groups && !graph.makes_result[group]; ++group) {
    live -= live_until[group];
    const size_t first = next;
    for (; next < graph.outputs.size() && graph.outputs[next].group == group; ++next) {
      ++live;
      ++live_until[graph.outputs[next].readers.back()];
    }
    if (live == 1 && next == first + 1 && last_input_reader <= group) {
      single.push_back(graph.ToFrontier({static_cast<int>(first)}));
    }
  }
  return single;
}

// One line per thing that both sides must agree on.
std::string Fingerprint(const Program& program, const GroupGraph& graph) {
  std::string text = fmt::format("frontiers {}\n", kFrontierRule);
  const auto add = [&](std::string_view kind, std::string_view name, ValueId id) {
    const Value& value = program.values[id];
    text += fmt::format("{} {} {}", kind, name, Name(value.dtype));
    for (const Dim& dim : value.dims) {
      text += fmt::format(" {}+{}b", dim.constant, dim.per_batch);
    }
    text += '\n';
  };
  for (const ValueId id : program.inputs) {
    add("input", program.values[id].name, id);
  }
  for (const GroupGraph::Output& output : graph.outputs) {
    add("value", output.name, output.value);
  }
  for (const ValueId id : program.outputs) {
    add("result", program.values[id].name, id);
  }
  return text;
}

std::vector<std::string_view> Split(std::string_view text, char separator) {
  std::vector<std::string_view> parts;
  while (true) {
    const size_t end = text.find(separator);
    parts.push_back(text.substr(0, end));
    if (end == std::string_view::npos) {
      return parts;
    }
    text.remove_prefix(end + 1);
  }
}

// The outputs in "a+b", ascending, each once.
absl::StatusOr<std::vector<int>> Outputs(const GroupGraph& graph, std::string_view name) {
  std::vector<int> found;
  for (const std::string_view part : Split(name, '+')) {
    const auto output = std::ranges::find(graph.outputs, part, &GroupGraph::Output::name);
    if (output == graph.outputs.end()) {
      std::vector<std::string> names{"input", "edge"};
      for (const GroupGraph::Output& each : graph.outputs) {
        names.push_back(each.name);
      }
      return NotFound("cut '{}': there is no value '{}'{}", name, part, DidYouMean(part, names));
    }
    found.push_back(static_cast<int>(output - graph.outputs.begin()));
  }
  std::ranges::sort(found);
  if (std::ranges::adjacent_find(found) != found.end()) {
    return InvalidArgument("cut '{}' names a value twice", name);
  }
  return found;
}

// Why a head is none, whatever crosses it; "" where it is one.
std::string WhyNoHead(const GroupGraph& graph, const GroupGraph::Head& head) {
  if (graph.input_is_result) {
    return "the network hands an input on as a result";
  }
  for (size_t group = 0; group < head.size(); ++group) {
    if (head[group] && graph.makes_result[group]) {
      return "a result of the network is made before it";
    }
    if (!head[group] && graph.reads_input[group]) {
      return "an input of the network is also read behind it";
    }
  }
  return "";
}

}  // namespace

FrontierTable::FrontierTable(const Program& program)
    : groups_(MakeGroups(program)),
      input_{"input", program.inputs},
      edge_{"edge", program.outputs},
      graph_(std::make_shared<const GroupGraph>(program, groups_)) {
  single_ = SingleFrontiers(*graph_);
  const std::string text = Fingerprint(program, *graph_);
  hash_ = Sha256(std::as_bytes(std::span(text)));
}

absl::StatusOr<Frontier> FrontierTable::Find(std::string_view name) const {
  if (name == input_.name || name == edge_.name) {
    return name == input_.name ? input_ : edge_;
  }
  ASSIGN_OR_RETURN(const std::vector<int> wanted, Outputs(*graph_, name));
  const GroupGraph::Head head = graph_->HeadOf(wanted);
  if (const std::string why = WhyNoHead(*graph_, head); !why.empty()) {
    return InvalidArgument("cut '{}': {}", name, why);
  }
  const std::vector<int> crossing = graph_->Crossing(head);
  if (crossing != wanted) {
    return InvalidArgument("cut '{}': what crosses there is '{}'", name,
                           graph_->ToFrontier(crossing).name);
  }
  return graph_->ToFrontier(wanted);
}

}  // namespace tideline
