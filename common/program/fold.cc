#include "common/program/fold.h"

#include <algorithm>
#include <cmath>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "common/program/graph.h"
#include "common/program/operators.h"

namespace tideline {
namespace {

// y = scale * x + shift per channel.
struct Affine {
  std::vector<double> scale;
  std::vector<double> shift;
};

// The constant in the argument `name`, or nullptr.
const Tensor* ConstantArgument(const Program& program, const Node& node, std::string_view name) {
  const Argument* argument = Program::Find(node, name);
  const auto* ref = argument == nullptr ? nullptr : std::get_if<ValueRef>(&argument->value);
  if (ref == nullptr || program.values[ref->id].kind != ValueKind::kConstant) {
    return nullptr;
  }
  return &program.values[ref->id].constant;
}

bool IsAbsent(const Node& node, std::string_view name) {
  const Argument* argument = Program::Find(node, name);
  return argument == nullptr || std::holds_alternative<None>(argument->value);
}

// The `channels` numbers in the argument `name`, `otherwise` where it is None or absent; nothing
// where it is something else.
std::optional<std::vector<double>> PerChannel(const Program& program, const Node& node,
                                              std::string_view name, int64_t channels,
                                              double otherwise) {
  if (IsAbsent(node, name)) {
    return std::vector<double>(static_cast<size_t>(channels), otherwise);
  }
  const Tensor* tensor = ConstantArgument(program, node, name);
  if (tensor == nullptr || tensor->dtype() != DType::kFloat32 ||
      tensor->shape() != Shape{channels}) {
    return std::nullopt;
  }
  std::vector<double> numbers;
  numbers.reserve(static_cast<size_t>(channels));
  for (int64_t i = 0; i < channels; ++i) {
    numbers.push_back(tensor->as<float>()[i * tensor->strides()[0]]);
  }
  return numbers;
}

std::optional<Affine> BatchNormAsAffine(const Program& program, const Node& norm,
                                        int64_t channels) {
  const Argument* eps = Program::Find(norm, "eps");
  const double* epsilon = eps == nullptr ? nullptr : std::get_if<double>(&eps->value);
  if (epsilon == nullptr || IsAbsent(norm, "running_mean") || IsAbsent(norm, "running_var")) {
    return std::nullopt;
  }
  const auto gamma = PerChannel(program, norm, "weight", channels, 1.0);
  const auto beta = PerChannel(program, norm, "bias", channels, 0.0);
  const auto mean = PerChannel(program, norm, "running_mean", channels, 0.0);
  const auto variance = PerChannel(program, norm, "running_var", channels, 1.0);
  if (!gamma || !beta || !mean || !variance) {
    return std::nullopt;
  }
  Affine affine;
  for (size_t i = 0; i < gamma->size(); ++i) {
    affine.scale.push_back((*gamma)[i] / std::sqrt((*variance)[i] + *epsilon));
    affine.shift.push_back((*beta)[i] - (*mean)[i] * affine.scale[i]);
  }
  return affine;
}

// A layer whose channels are the first dimension of its weight and the second of its result.
bool CanTakeAffine(const Program& program, const Node& layer) {
  const Tensor* weight = ConstantArgument(program, layer, "weight");
  if ((!IsConvolution(layer.target) && !IsLinear(layer.target)) || weight == nullptr ||
      weight->dtype() != DType::kFloat32 || weight->shape().size() < 2 || weight->numel() == 0 ||
      layer.outputs.empty() || layer.outputs[0] == kNone) {
    return false;
  }
  const Argument* transposed = Program::Find(layer, "transposed");
  const bool* on = transposed == nullptr ? nullptr : std::get_if<bool>(&transposed->value);
  const Value& output = program.values[layer.outputs[0]];
  return (on == nullptr || !*on) && output.dims.size() == weight->shape().size();
}

absl::StatusOr<Tensor> ScaledWeight(const Tensor& weight, const std::vector<double>& scale) {
  ASSIGN_OR_RETURN(const Tensor from, Contiguous(weight));
  ASSIGN_OR_RETURN(Tensor to, Tensor::Allocate(DType::kFloat32, weight.shape()));
  auto* out = reinterpret_cast<float*>(to.mutable_data());
  const int64_t row = scale.empty() ? 0 : weight.numel() / static_cast<int64_t>(scale.size());
  for (size_t channel = 0; channel < scale.size(); ++channel) {
    const int64_t begin = static_cast<int64_t>(channel) * row;
    for (int64_t i = begin; i < begin + row; ++i) {
      out[i] = static_cast<float>(from.as<float>()[i] * scale[channel]);
    }
  }
  return to;
}

absl::StatusOr<Tensor> FoldedBias(const std::vector<double>& bias, const Affine& affine) {
  ASSIGN_OR_RETURN(Tensor to,
                   Tensor::Allocate(DType::kFloat32, {static_cast<int64_t>(bias.size())}));
  auto* out = reinterpret_cast<float*>(to.mutable_data());
  for (size_t i = 0; i < bias.size(); ++i) {
    out[i] = static_cast<float>(bias[i] * affine.scale[i] + affine.shift[i]);
  }
  return to;
}

ValueId AddConstant(Program& program, std::string name, Tensor tensor) {
  Value value;
  value.name = std::move(name);
  value.kind = ValueKind::kConstant;
  value.dtype = tensor.dtype();
  for (const int64_t size : tensor.shape()) {
    value.dims.push_back(Dim{size, 0});
  }
  value.constant = std::move(tensor);
  program.values.push_back(std::move(value));
  return static_cast<ValueId>(program.values.size() - 1);
}

// Sets an argument, which stands behind input and weight in every schema concerned.
void SetBias(Node& layer, ValueId bias) {
  const auto found = std::ranges::find(layer.arguments, "bias", &Argument::name);
  if (found != layer.arguments.end()) {
    found->value = ValueRef{bias};
    return;
  }
  const auto weight = std::ranges::find(layer.arguments, "weight", &Argument::name);
  layer.arguments.insert(weight + 1, Argument{"bias", ValueRef{bias}});
}

absl::Status Fold(Program& program, Node& layer, Node& norm) {
  if (!CanTakeAffine(program, layer)) {
    return absl::OkStatus();
  }
  const Tensor weight = *ConstantArgument(program, layer, "weight");
  const int64_t channels = weight.shape()[0];
  const auto affine = BatchNormAsAffine(program, norm, channels);
  const auto bias = PerChannel(program, layer, "bias", channels, 0.0);
  if (!affine || !bias) {
    return absl::OkStatus();
  }
  ASSIGN_OR_RETURN(Tensor new_weight, ScaledWeight(weight, affine->scale));
  ASSIGN_OR_RETURN(Tensor new_bias, FoldedBias(*bias, *affine));
  // Names in the file have no dots.
  const std::string name = program.values[norm.outputs[0]].name;
  const ValueId weight_id = AddConstant(program, name + ".weight", std::move(new_weight));
  const ValueId bias_id = AddConstant(program, name + ".bias", std::move(new_bias));
  std::ranges::find(layer.arguments, "weight", &Argument::name)->value = ValueRef{weight_id};
  SetBias(layer, bias_id);
  layer.outputs[0] = norm.outputs[0];
  norm.outputs[0] = kNone;
  return absl::OkStatus();
}

// The node whose result `norm` normalizes, where nobody else reads it; kNone otherwise.
NodeId OnlyProducer(const Program& program, const Node& norm) {
  const Argument* argument = Program::Find(norm, "input");
  const auto* input = argument == nullptr ? nullptr : std::get_if<ValueRef>(&argument->value);
  if (input == nullptr || norm.outputs.empty() || norm.outputs[0] == kNone) {
    return kNone;
  }
  const auto is_result = [&](ValueId id) {
    return std::ranges::find(program.outputs, id) != program.outputs.end();
  };
  const bool statistics_read =
      std::any_of(norm.outputs.begin() + 1, norm.outputs.end(), [&](ValueId id) {
        return id != kNone && (is_result(id) || !program.values[id].users.empty());
      });
  const Value& value = program.values[input->id];
  return statistics_read || is_result(input->id) || value.users.size() != 1 ? kNone
                                                                            : value.producer;
}

}  // namespace

absl::Status FoldBatchNorm(Program& program) {
  for (Node& node : program.nodes) {
    const NodeId layer = IsBatchNorm(node.target) ? OnlyProducer(program, node) : kNone;
    if (layer != kNone) {
      RETURN_IF_ERROR(Fold(program, program.nodes[layer], node));
    }
  }
  RemoveDead(program);
  return absl::OkStatus();
}

}  // namespace tideline
