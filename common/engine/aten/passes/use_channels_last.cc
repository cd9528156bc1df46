#include <algorithm>
#include <utility>

#include "common/engine/aten/passes/onednn.h"
#include "common/engine/aten/passes/passes.h"
#include "common/program/operators.h"

namespace tideline::aten {
namespace {

// Operators that give channels-last images for channels-last images.
constexpr std::string_view kKeepLayout[] = {"_add_relu",
                                            "_to_copy",
                                            "adaptive_avg_pool2d",
                                            "add",
                                            "avg_pool2d",
                                            "batch_norm",
                                            "cat",
                                            "clamp",
                                            "concat",
                                            "div",
                                            "max_pool2d",
                                            "max_pool2d_with_indices",
                                            "mul",
                                            "sub",
                                            "upsample_bilinear2d",
                                            "upsample_nearest2d"};

bool IsImage(const Program& program, ValueId id) { return program.values[id].dims.size() == 4; }

bool KeepsLayout(const Lowered& lowered, const Node& node) {
  if (!IsActivationFunction(node.target) && !IsBatchNorm(node.target) &&
      std::ranges::find(kKeepLayout, BaseName(node.target)) == std::end(kKeepLayout)) {
    return false;
  }
  const std::vector<ValueId> reads = Program::Reads(node);
  bool any = false;
  for (const ValueId id : reads) {
    if (IsImage(lowered.program, id)) {
      any = true;
      if (!lowered.channels_last[id]) {
        return false;
      }
    }
  }
  return any;
}

// What is viewed as a row in the network's order lies in another one now: reshape copies then.
void CopyWhereViewed(Node& node) {
  if (node.target == "aten.view.default" || node.target == "aten._unsafe_view.default") {
    node.target = "aten.reshape.default";
    for (Argument& argument : node.arguments) {
      argument.name = argument.name == "size" ? "shape" : argument.name;
    }
  }
}

// Whether some operator takes strides for granted.
bool NamesStrides(const Program& program) {
  return std::ranges::any_of(program.nodes, [](const Node& node) {
    return BaseName(node.target).starts_with("as_strided");
  });
}

}  // namespace

void UseChannelsLast(Lowered& lowered) {
  if (NamesStrides(lowered.program)) {
    return;
  }
  std::vector<Node> nodes;
  for (Node& node : lowered.program.nodes) {
    const bool convolution = node.target == kPackedConvolution;
    if (const ValueId input = convolution ? ValueArgument(node, "X") : kNone;
        convolution && !lowered.channels_last[input]) {
      const std::string name = lowered.program.values[input].name + ".channels_last";
      const ValueId turned = AddValue(lowered, name, input);
      lowered.channels_last[turned] = true;
      nodes.push_back(
          {.target = "aten.contiguous.default",
           .arguments = {{"self", ValueRef{input}}, {"memory_format", MemoryFormat::kChannelsLast}},
           .outputs = {turned},
           .module_path = node.module_path});
      node.arguments.front().value = ValueRef{turned};
    }
    if (convolution || KeepsLayout(lowered, node)) {
      for (const ValueId id : node.outputs) {
        if (id != kNone && IsImage(lowered.program, id)) {
          lowered.channels_last[id] = true;
        }
      }
    }
    CopyWhereViewed(node);
    nodes.push_back(std::move(node));
  }
  lowered.program.nodes = std::move(nodes);
  Sweep(lowered);
}

}  // namespace tideline::aten
