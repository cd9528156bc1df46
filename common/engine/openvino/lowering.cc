#include "common/engine/openvino/lowering.h"

#include <algorithm>
#include <iterator>
#include <optional>
#include <string_view>
#include <utility>

#include "common/engine/openvino/node_arguments.h"
#include "common/engine/openvino/rewrites.h"
#include "common/program/operators.h"

namespace tideline::openvino {
namespace {

// Empty where the form given is beyond it: the node is then passed on as it stands.
using Rewrite = Calls (*)(const NodeArguments& arguments);

struct Rule {
  std::string_view target;
  Rewrite rewrite;
};

constexpr Rule kRules[] = {
    {"aten._batch_norm_no_update.default", BatchNorm},
    {"aten._convolution.default", Convolution},
    {"aten._native_batch_norm_legit_no_training.default", BatchNorm},
    {"aten._prelu_kernel.default", Prelu},
    {"aten._unsafe_view.default", Reshape},
    {"aten.adaptive_avg_pool1d.default", AdaptiveAvgPool1d},
    {"aten.adaptive_avg_pool2d.default", AdaptiveAvgPool2d},
    {"aten.adaptive_avg_pool3d.default", AdaptiveAvgPool3d},
    {"aten.avg_pool1d.default", AvgPool1d},
    {"aten.avg_pool2d.default", AvgPool2d},
    {"aten.avg_pool3d.default", AvgPool3d},
    {"aten.batch_norm.default", BatchNorm},
    {"aten.chunk.default", Chunk},
    {"aten.contiguous.default", Identity},
    {"aten.conv1d.default", Convolution},
    {"aten.conv2d.default", Convolution},
    {"aten.conv3d.default", Convolution},
    {"aten.conv_transpose1d.default", TransposedConvolution},
    {"aten.conv_transpose2d.input", TransposedConvolution},
    {"aten.conv_transpose3d.input", TransposedConvolution},
    {"aten.convolution.default", Convolution},
    {"aten.cudnn_batch_norm.default", BatchNorm},
    {"aten.expand.default", Expand},
    {"aten.expand_as.default", Expand},
    {"aten.flatten.using_ints", Reshape},
    {"aten.group_norm.default", GroupNorm},
    {"aten.layer_norm.default", LayerNorm},
    {"aten.log_softmax.int", LogSoftmax},
    {"aten.matmul.default", MatMul},
    {"aten.max_pool1d.default", MaxPool1d},
    {"aten.max_pool2d.default", MaxPool2d},
    {"aten.max_pool3d.default", MaxPool3d},
    {"aten.mv.default", MatMul},
    {"aten.native_batch_norm.default", BatchNorm},
    {"aten.prelu.default", Prelu},
    {"aten.relu6.default", Relu6},
    {"aten.reshape.default", Reshape},
    {"aten.reshape_as.default", Reshape},
    {"aten.softmax.int", Softmax},
    {"aten.softplus.default", Softplus},
    {"aten.split.Tensor", Split},
    {"aten.split.sizes", SplitSizes},
    {"aten.split_with_sizes.default", SplitSizes},
    {"aten.squeeze.default", Reshape},
    {"aten.squeeze.dim", Reshape},
    {"aten.squeeze.dims", Reshape},
    {"aten.sub.Scalar", Subtract},
    {"aten.unflatten.int", Reshape},
    {"aten.unsafe_chunk.default", Chunk},
    {"aten.unsafe_split.Tensor", Split},
    {"aten.unsqueeze.default", Reshape},
    {"aten.view.default", Reshape},
    {"aten.view_as.default", Reshape},
};

// The arguments that ATen's schemas take by keyword only, which exported graphs give by name.
constexpr std::string_view kKeywords[] = {
    "alpha",     "approximate", "beta",      "correction",    "decimals",      "device",
    "dtype",     "enable_gqa",  "generator", "layout",        "memory_format", "non_blocking",
    "out_int32", "pin_memory",  "right",     "rounding_mode", "stable"};

bool IsKeyword(const Node& node, std::string_view name) {
  const std::string_view operation = BaseName(node.target);
  if (!node.target.starts_with("aten.") || operation == "elu" || operation == "celu") {
    return false;
  }
  const bool by_overload =
      (node.target.ends_with(".correction") && name == "keepdim") ||
      (node.target == "aten.sort.stable" && (name == "dim" || name == "descending")) ||
      (node.target.starts_with("aten.addc") && name == "value") ||
      (operation == "scaled_dot_product_attention" && name == "scale");
  return by_overload || std::ranges::find(kKeywords, name) != std::end(kKeywords);
}

FrontEndCall PassOn(const Node& node, int64_t batch) {
  FrontEndCall call{.op = node.target,
                    .returns_list = node.returns_list || node.outputs.size() > 1};
  for (const Argument& argument : node.arguments) {
    ArgumentValue value = Resolve(argument.value, batch);
    if (IsKeyword(node, argument.name)) {
      call.attributes.push_back({argument.name, std::move(value)});
    } else {
      call.inputs.push_back(std::move(value));
    }
  }
  return call;
}

}  // namespace

std::vector<FrontEndCall> Lower(const Program& program, const Node& node, int64_t batch) {
  const NodeArguments arguments(program, node, batch);
  const bool has_result = !node.outputs.empty() && node.outputs.front() != kNone;
  const auto* rule = std::ranges::find(kRules, node.target, &Rule::target);
  Calls calls;
  if (has_result && rule != std::end(kRules)) {
    calls = rule->rewrite(arguments);
  } else if (has_result && IsIdentity(node.target)) {
    calls = Identity(arguments);
  }
  if (calls.empty()) {
    calls.push_back(PassOn(node, batch));
  }
  return calls;
}

}  // namespace tideline::openvino
