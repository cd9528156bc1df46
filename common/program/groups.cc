#include "common/program/groups.h"

#include <algorithm>
#include <cctype>
#include <map>
#include <optional>
#include <string>
#include <string_view>

#include "common/program/operators.h"

// The grouping rule, version 1. A change of anything below is a new kFrontierRule.
//
// Each node that depends on an input starts a group, unless it joins the group of the node before
// it. It joins where it reads exactly one value that depends on an input, is that value's only
// reader, the value is no result of the network, and the node is one of
//   - BatchNorm, right behind a convolution or a linear layer (where it could not be folded),
//   - an activation function: elu gelu hardsigmoid hardswish hardtanh leaky_relu mish relu relu6
//     sigmoid silu softplus tanh,
//   - a view: contiguous expand flatten permute reshape squeeze t transpose unflatten unsqueeze
//   view,
//   - an identity: dropout in evaluation, clone, detach, alias, a conversion to the same type.
//
// An output's name is the module path of its group's first node; the operator's name where the path
// is empty. Letters other than [A-Za-z0-9_.-] become '_', and the reserved words get a '_' behind.
// Where several outputs have one name, "#1", "#2", … in topological order is appended to all.
namespace tideline {
namespace {

constexpr std::string_view kReserved[] = {"auto", "edge", "input"};

bool IsSameTypeConversion(const Program& program, const Node& node, ValueId input) {
  return node.target == "aten._to_copy.default" && node.outputs.size() == 1 &&
         node.outputs[0] != kNone &&
         program.values[node.outputs[0]].dtype == program.values[input].dtype;
}

bool IsJoinable(const Program& program, const Node& node, ValueId input) {
  const Node& producer = program.nodes[program.values[input].producer];
  if (IsBatchNorm(node.target)) {
    return IsConvolution(producer.target) || IsLinear(producer.target);
  }
  return IsActivationFunction(node.target) || IsViewLike(node.target) || IsIdentity(node.target) ||
         IsSameTypeConversion(program, node, input);
}

// The one value that `node` reads of those that depend on an input; kNone where there are several.
ValueId OnlyRead(const Node& node, const std::vector<bool>& depends) {
  ValueId only = kNone;
  for (const ValueId id : Program::Reads(node)) {
    if (!depends[id] || id == only) {
      continue;
    }
    if (only != kNone) {
      return kNone;
    }
    only = id;
  }
  return only;
}

std::vector<bool> Results(const Program& program) {
  std::vector<bool> results(program.values.size(), false);
  for (const ValueId id : program.outputs) {
    results[id] = true;
  }
  return results;
}

// The node whose group `node` joins, or kNone.
NodeId Joins(const Program& program, const Node& node, const std::vector<bool>& depends,
             const std::vector<bool>& results) {
  const ValueId read = OnlyRead(node, depends);
  if (read == kNone || results[read] || program.values[read].producer == kNone ||
      program.values[read].users.size() != 1 || !IsJoinable(program, node, read)) {
    return kNone;
  }
  return program.values[read].producer;
}

std::string SafeName(std::string_view path) {
  std::string name(path);
  for (char& c : name) {
    const bool kept =
        std::isalnum(static_cast<unsigned char>(c)) != 0 || c == '_' || c == '.' || c == '-';
    c = kept ? c : '_';
  }
  return std::ranges::find(kReserved, name) != std::end(kReserved) ? name + '_' : name;
}

std::string BaseNameOf(const Program& program, const Group& group) {
  const Node& first = program.nodes[group.nodes.front()];
  return SafeName(first.module_path.empty() ? BaseName(first.target)
                                            : std::string_view(first.module_path));
}

void SetOutputs(const Program& program, const std::vector<int>& group_of,
                const std::vector<bool>& results, std::vector<Group>& groups) {
  for (size_t i = 0; i < groups.size(); ++i) {
    for (const NodeId node : groups[i].nodes) {
      for (const ValueId id : program.nodes[node].outputs) {
        const bool read_outside =
            id != kNone &&
            (results[id] || std::ranges::any_of(program.values[id].users, [&](NodeId user) {
               return group_of[user] != static_cast<int>(i);
             }));
        if (read_outside) {
          groups[i].outputs.push_back(id);
        }
      }
    }
  }
}

void SetNames(const Program& program, std::vector<Group>& groups) {
  std::map<std::string, int> uses;
  std::vector<std::string> bases;
  for (const Group& group : groups) {
    bases.push_back(BaseNameOf(program, group));
    uses[bases.back()] += static_cast<int>(group.outputs.size());
  }
  std::map<std::string, int> numbers;
  for (size_t i = 0; i < groups.size(); ++i) {
    for (size_t k = 0; k < groups[i].outputs.size(); ++k) {
      const bool alone = uses[bases[i]] == 1;
      groups[i].output_names.push_back(
          alone ? bases[i] : bases[i] + '#' + std::to_string(++numbers[bases[i]]));
    }
    groups[i].name = groups[i].output_names.front();
  }
}

}  // namespace

std::vector<bool> DependsOnInput(const Program& program) {
  std::vector<bool> depends(program.values.size(), false);
  for (const ValueId id : program.inputs) {
    depends[id] = true;
  }
  for (const Node& node : program.nodes) {
    const std::vector<ValueId> reads = Program::Reads(node);
    if (std::ranges::any_of(reads, [&](ValueId id) { return depends[id]; })) {
      for (const ValueId id : node.outputs) {
        if (id != kNone) {
          depends[id] = true;
        }
      }
    }
  }
  return depends;
}

std::vector<Group> MakeGroups(const Program& program) {
  const std::vector<bool> depends = DependsOnInput(program);
  const std::vector<bool> results = Results(program);
  std::vector<int> group_of(program.nodes.size(), kNone);
  std::vector<Group> groups;
  for (size_t i = 0; i < program.nodes.size(); ++i) {
    const Node& node = program.nodes[i];
    const std::vector<ValueId> reads = Program::Reads(node);
    if (std::ranges::none_of(reads, [&](ValueId id) { return depends[id]; })) {
      continue;
    }
    const NodeId producer = Joins(program, node, depends, results);
    if (producer == kNone) {
      group_of[i] = static_cast<int>(groups.size());
      groups.emplace_back();
    } else {
      group_of[i] = group_of[producer];
    }
    groups[group_of[i]].nodes.push_back(static_cast<NodeId>(i));
  }
  SetOutputs(program, group_of, results, groups);
  SetNames(program, groups);
  return groups;
}

}  // namespace tideline
