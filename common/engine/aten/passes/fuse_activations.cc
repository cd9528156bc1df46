#include <algorithm>
#include <optional>
#include <utility>

#include "common/engine/aten/passes/onednn.h"
#include "common/engine/aten/passes/passes.h"
#include "common/program/graph.h"

namespace tideline::aten {
namespace {

// How the packed operators name an activation function.
struct Activation {
  std::string attr;
  std::vector<double> scalars;
  std::string algorithm;
};

double Number(const Node& node, std::string_view name, double otherwise) {
  const Argument* argument = Program::Find(node, name);
  if (argument == nullptr) {
    return otherwise;
  }
  if (const auto* integer = std::get_if<int64_t>(&argument->value)) {
    return static_cast<double>(*integer);
  }
  const auto* number = std::get_if<double>(&argument->value);
  return number == nullptr ? otherwise : *number;
}

std::string Text(const Node& node, std::string_view name, std::string otherwise) {
  const Argument* argument = Program::Find(node, name);
  const auto* text = argument == nullptr ? nullptr : std::get_if<std::string>(&argument->value);
  return text == nullptr ? std::move(otherwise) : *text;
}

using Translate = Activation (*)(const Node&);

// Every activation function that can become part of a packed operator.
constexpr std::pair<std::string_view, Translate> kActivations[] = {
    {"aten.relu.default", [](const Node&) { return Activation{"relu"}; }},
    {"aten.relu6.default", [](const Node&) { return Activation{"hardtanh", {0.0, 6.0}}; }},
    {"aten.hardtanh.default",
     [](const Node& node) {
       return Activation{"hardtanh", {Number(node, "min_val", -1), Number(node, "max_val", 1)}};
     }},
    {"aten.hardswish.default", [](const Node&) { return Activation{"hardswish"}; }},
    {"aten.hardsigmoid.default", [](const Node&) { return Activation{"hardsigmoid"}; }},
    {"aten.silu.default", [](const Node&) { return Activation{"swish"}; }},
    {"aten.sigmoid.default", [](const Node&) { return Activation{"sigmoid"}; }},
    {"aten.tanh.default", [](const Node&) { return Activation{"tanh"}; }},
    {"aten.leaky_relu.default",
     [](const Node& node) {
       return Activation{"leaky_relu", {Number(node, "negative_slope", 0.01)}};
     }},
    {"aten.gelu.default",
     [](const Node& node) { return Activation{"gelu", {}, Text(node, "approximate", "none")}; }},
};

std::optional<Activation> Match(const Node& node) {
  const auto* found = std::ranges::find(kActivations, std::string_view(node.target),
                                        &std::pair<std::string_view, Translate>::first);
  return found == std::end(kActivations) ? std::nullopt : std::optional(found->second(node));
}

void Set(Node& node, std::string_view name, ArgumentValue value) {
  std::ranges::find(node.arguments, name, &Argument::name)->value = std::move(value);
}

}  // namespace

void FuseActivations(Lowered& lowered) {
  Program& program = lowered.program;
  for (Node& node : program.nodes) {
    if (node.target != kPackedConvolution && node.target != kPackedLinear) {
      continue;
    }
    const NodeId reader = OnlyReader(lowered, node.outputs[0]);
    const auto activation = reader == kNone ? std::nullopt : Match(program.nodes[reader]);
    if (activation) {
      Set(node, "attr", activation->attr);
      Set(node, "scalars", activation->scalars);
      Set(node, "algorithm", activation->algorithm);
      node.outputs = program.nodes[reader].outputs;
      program.nodes[reader] = Node();
    }
  }
  Sweep(lowered);
}

}  // namespace tideline::aten
