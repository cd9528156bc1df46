#include "common/engine/aten/lowered.h"

#include <algorithm>
#include <utility>

#include "common/base/memory.h"
#include "common/engine/aten/convert.h"
#include "common/program/graph.h"
#include "common/program/groups.h"

namespace tideline::aten {
namespace {

at::ScalarType TypeOf(Precision precision) {
  switch (precision) {
    case Precision::kFloat32:
      return at::kFloat;
    case Precision::kBFloat16:
      return at::kBFloat16;
    case Precision::kFloat16:
      return at::kHalf;
  }
  return at::kFloat;
}

void Fix(Lowered& lowered, const std::vector<ValueId>& values) {
  for (const ValueId id : values) {
    lowered.fixed[id] = true;
  }
}

// Conversions to float32 become conversions to the engine's precision.
void LowerTypes(Lowered& lowered) {
  if (lowered.precision == at::kFloat) {
    return;
  }
  const DType type = lowered.precision == at::kBFloat16 ? DType::kBFloat16 : DType::kFloat16;
  for (Node& node : lowered.program.nodes) {
    for (Argument& argument : node.arguments) {
      if (auto* dtype = std::get_if<DType>(&argument.value);
          dtype != nullptr && *dtype == DType::kFloat32) {
        *dtype = type;
      }
    }
  }
}

}  // namespace

Lowered Lower(const Program& program, at::Device device, Precision precision) {
  Lowered lowered;
  lowered.program = program;
  lowered.device = device;
  lowered.precision = TypeOf(precision);
  lowered.constants.resize(program.values.size());
  for (size_t i = 0; i < program.values.size(); ++i) {
    const Value& value = program.values[i];
    if (value.kind == ValueKind::kConstant) {
      const at::Tensor tensor = ToAten(value.constant);
      lowered.constants[i] = tensor.to(
          device, tensor.scalar_type() == at::kFloat ? lowered.precision : tensor.scalar_type());
    }
  }
  LowerTypes(lowered);
  lowered.channels_last.resize(program.values.size(), false);
  lowered.fixed.resize(program.values.size(), false);
  Fix(lowered, program.inputs);
  Fix(lowered, program.outputs);
  for (const Group& group : MakeGroups(program)) {
    Fix(lowered, group.outputs);
  }
  return lowered;
}

ValueId AddConstant(Lowered& lowered, std::string name, at::Tensor tensor) {
  Value value;
  value.name = std::move(name);
  value.kind = ValueKind::kConstant;
  lowered.program.values.push_back(std::move(value));
  lowered.constants.emplace_back(std::move(tensor));
  lowered.fixed.push_back(false);
  lowered.channels_last.push_back(false);
  return static_cast<ValueId>(lowered.program.values.size() - 1);
}

ValueId AddValue(Lowered& lowered, std::string name, ValueId like) {
  Value value;
  value.name = std::move(name);
  value.dtype = lowered.program.values[like].dtype;
  value.dims = lowered.program.values[like].dims;
  lowered.program.values.push_back(std::move(value));
  lowered.constants.emplace_back();
  lowered.fixed.push_back(false);
  lowered.channels_last.push_back(false);
  return static_cast<ValueId>(lowered.program.values.size() - 1);
}

NodeId OnlyReader(const Lowered& lowered, ValueId id) {
  const Value& value = lowered.program.values[id];
  return !lowered.IsFixed(id) && value.users.size() == 1 ? value.users.front() : kNone;
}

ValueId ValueArgument(const Node& node, std::string_view name) {
  const Argument* argument = Program::Find(node, name);
  const auto* ref = argument == nullptr ? nullptr : std::get_if<ValueRef>(&argument->value);
  return ref == nullptr ? kNone : ref->id;
}

at::Tensor ConstantArgument(const Lowered& lowered, const Node& node, std::string_view name) {
  const ValueId id = ValueArgument(node, name);
  return id == kNone || lowered.constants[id].isNone() ? at::Tensor()
                                                       : lowered.constants[id].toTensor();
}

void ReleaseConstant(const Lowered& lowered, ValueId id) {
  const Tensor& constant = lowered.program.values[id].constant;
  ReleasePages({constant.data(), constant.nbytes()});
}

bool Bypass(Lowered& lowered, NodeId node, ValueId kept, ValueId removed) {
  Program& program = lowered.program;
  if (!lowered.IsFixed(removed)) {
    for (const NodeId user : program.values[removed].users) {
      ForEachRef(program.nodes[user],
                 [&](ValueRef& ref) { ref.id = ref.id == removed ? kept : ref.id; });
    }
  } else if (OnlyReader(lowered, kept) == node && program.values[kept].producer != kNone) {
    std::ranges::replace(program.nodes[program.values[kept].producer].outputs, kept, removed);
  } else {
    return false;
  }
  program.nodes[node] = Node();
  Relink(program);
  return true;
}

void Sweep(Lowered& lowered) {
  Program& program = lowered.program;
  std::vector<bool> needed = lowered.fixed;
  std::vector<Node> nodes;
  for (size_t i = program.nodes.size(); i-- > 0;) {
    Node& node = program.nodes[i];
    if (std::ranges::any_of(node.outputs, [&](ValueId id) { return id != kNone && needed[id]; })) {
      for (const ValueId id : Program::Reads(node)) {
        needed[id] = true;
      }
      nodes.push_back(std::move(node));
    }
  }
  std::ranges::reverse(nodes);
  program.nodes = std::move(nodes);
  for (size_t i = 0; i < needed.size(); ++i) {
    if (!needed[i]) {
      lowered.constants[i] = c10::IValue();
      program.values[i].constant = Tensor();
    }
  }
  Relink(program);
}

}  // namespace tideline::aten
