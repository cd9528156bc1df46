#include "partitioner/quantizer/rewrite.h"

#include <algorithm>
#include <cmath>
#include <string>
#include <string_view>
#include <unordered_set>
#include <utility>
#include <vector>

#include "common/program/graph.h"
#include "partitioner/quantizer/layers.h"

namespace tideline {
namespace {

constexpr char kFakeQuantize[] = "aten.fake_quantize_per_tensor_affine_cachemask.default";

struct QuantizedWeight {
  Tensor codes;  // int8, the weight's shape
  Tensor scale;  // float32, [C, 1, …]
};

absl::StatusOr<QuantizedWeight> QuantizeWeight(const Tensor& weight) {
  ASSIGN_OR_RETURN(const Tensor real, Contiguous(weight));
  const int64_t channels = real.shape()[0];
  const int64_t row = real.numel() / channels;
  Shape scale_shape(real.shape().size(), 1);
  scale_shape[0] = channels;
  QuantizedWeight quantized;
  ASSIGN_OR_RETURN(quantized.codes, Tensor::Allocate(DType::kInt8, real.shape()));
  ASSIGN_OR_RETURN(quantized.scale, Tensor::Allocate(DType::kFloat32, scale_shape));
  auto* codes = reinterpret_cast<int8_t*>(quantized.codes.mutable_data());
  auto* scales = reinterpret_cast<float*>(quantized.scale.mutable_data());
  for (int64_t channel = 0; channel < channels; ++channel) {
    const std::span<const float> from(real.as<float>() + channel * row, static_cast<size_t>(row));
    const float scale = SearchWeightScale(from);
    scales[channel] = scale;
    std::ranges::transform(from, codes + channel * row, [scale](float each) {
      const float code = std::nearbyint(each / scale);
      return static_cast<int8_t>(std::clamp<float>(code, -kLargestWeightCode, kLargestWeightCode));
    });
  }
  return quantized;
}

class Rewriter {
 public:
  explicit Rewriter(const Program& program, const ActivationRanges& ranges)
      : program_(program), ranges_(ranges) {
    for (const Value& value : program_.values) {
      taken_.insert(value.name);
    }
  }

  absl::StatusOr<Program> Run() {
    const std::vector<QuantizableLayer> layers = QuantizableLayers(program_);
    const std::vector<Node> nodes = std::exchange(program_.nodes, {});
    auto layer = layers.begin();
    for (size_t i = 0; i < nodes.size(); ++i) {
      Node node = nodes[i];
      if (layer != layers.end() && layer->node == static_cast<NodeId>(i)) {
        RETURN_IF_ERROR(Quantize(*layer++, node));
      }
      program_.nodes.push_back(std::move(node));
    }
    RemoveDead(program_);
    program_.identity = {};
    return std::move(program_);
  }

 private:
  absl::Status Quantize(const QuantizableLayer& layer, Node& node) {
    const auto range = ranges_.find(layer.activation);
    if (range == ranges_.end()) {
      return absl::OkStatus();
    }
    const ValueId activation = Activation(layer.activation, range->second, node.module_path);
    ASSIGN_OR_RETURN(const ValueId weight, Weight(layer.weight, node.module_path));
    for (Argument& argument : node.arguments) {
      if (argument.name == "input") {
        argument.value = ValueRef{activation};
      } else if (argument.name == "weight") {
        argument.value = ValueRef{weight};
      }
    }
    return absl::OkStatus();
  }

  ValueId Activation(ValueId from, const ActivationRange& range, const std::string& module) {
    const auto [entry, is_new] = rewritten_.try_emplace(from, kNone);
    if (is_new) {
      entry->second = AddLike(from, "_quantized");
      program_.nodes.push_back({.target = kFakeQuantize,
                                .arguments = {{"self", ValueRef{from}},
                                              {"scale", range.scale},
                                              {"zero_point", int64_t{range.zero_point}},
                                              {"quant_min", int64_t{0}},
                                              {"quant_max", int64_t{kLargestActivationCode}}},
                                .outputs = {entry->second, kNone},
                                .module_path = module.empty() ? "" : module + ".quantized"});
    }
    return entry->second;
  }

  absl::StatusOr<ValueId> Weight(ValueId from, const std::string& module) {
    const auto [entry, is_new] = rewritten_.try_emplace(from, kNone);
    if (is_new) {
      ASSIGN_OR_RETURN(QuantizedWeight weight, QuantizeWeight(program_.values[from].constant));
      const std::string name = program_.values[from].name;
      const ValueId codes = AddConstant(name + "_int8", std::move(weight.codes));
      const ValueId scale = AddConstant(name + "_scale", std::move(weight.scale));
      const ValueId real = AddLike(from, "_float");
      entry->second = AddLike(from, "_dequantized");
      program_.nodes.push_back(
          {.target = "aten._to_copy.default",
           .arguments = {{"self", ValueRef{codes}}, {"dtype", DType::kFloat32}},
           .outputs = {real},
           .module_path = module});
      program_.nodes.push_back({.target = "aten.mul.Tensor",
                                .arguments = {{"self", ValueRef{real}}, {"other", ValueRef{scale}}},
                                .outputs = {entry->second},
                                .module_path = module});
    }
    return entry->second;
  }

  ValueId AddConstant(const std::string& name, Tensor tensor) {
    Value value{.name = Unique(name), .kind = ValueKind::kConstant, .dtype = tensor.dtype()};
    for (const int64_t size : tensor.shape()) {
      value.dims.push_back({size, 0});
    }
    value.constant = std::move(tensor);
    return Add(std::move(value));
  }

  // A value that a node will make, of the same shape.
  ValueId AddLike(ValueId like, std::string_view suffix) {
    const Value& original = program_.values[like];
    return Add({.name = Unique(original.name + std::string(suffix)),
                .dtype = original.dtype,
                .dims = original.dims});
  }

  ValueId Add(Value value) {
    program_.values.push_back(std::move(value));
    return static_cast<ValueId>(program_.values.size() - 1);
  }

  std::string Unique(const std::string& base) {
    std::string name = base;
    for (int number = 1; !taken_.insert(name).second; ++number) {
      name = base + "_" + std::to_string(number);
    }
    return name;
  }

  Program program_;
  const ActivationRanges& ranges_;
  std::map<ValueId, ValueId> rewritten_;  // what stands for a value where a layer reads it
  std::unordered_set<std::string> taken_;
};

}  // namespace

absl::StatusOr<Program> QuantizeProgram(const Program& program, const ActivationRanges& ranges) {
  return Rewriter(program, ranges).Run();
}

}  // namespace tideline
