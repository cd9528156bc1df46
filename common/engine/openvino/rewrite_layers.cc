#include <algorithm>

#include "common/engine/openvino/rewrites.h"

namespace tideline::openvino {
namespace {

Calls ConvolutionOf(const NodeArguments& a, bool transposed) {
  const Shape weight = a.ShapeOf("weight");
  if (weight.size() < 3 || a.ShapeOf("input").size() != weight.size()) {
    return {};
  }
  const size_t spatial = weight.size() - 2;
  return {One("aten.convolution.default",
              {a.Get("input"), a.Get("weight"), a.Get("bias"), a.Ints("stride", spatial, 1),
               a.Ints("padding", spatial, 0), a.Ints("dilation", spatial, 1), transposed,
               a.Ints("output_padding", spatial, 0), a.Int("groups", 1)})};
}

// A softmax that also converts is left to the front end.
Calls SoftmaxTo(const NodeArguments& a, std::string op) {
  const ArgumentValue type = a.Get("dtype");
  const auto* dtype = std::get_if<DType>(&type);
  if (dtype != nullptr && *dtype != DType::kFloat32) {
    return {};
  }
  return {One(std::move(op), {a.Get("self"), a.Int("dim", -1), false})};
}

}  // namespace

Calls Convolution(const NodeArguments& a) { return ConvolutionOf(a, a.Flag("transposed", false)); }

Calls TransposedConvolution(const NodeArguments& a) { return ConvolutionOf(a, true); }

Calls BatchNorm(const NodeArguments& a) {
  if (a.Flag("training", false) || !a.Has("running_mean")) {
    return {};
  }
  return {List("aten._native_batch_norm_legit_no_training.default",
               {a.Get("input"), a.Get("weight"), a.Get("bias"), a.Get("running_mean"),
                a.Get("running_var"), 0.1, a.Number("eps", 1e-5)})};
}

Calls LayerNorm(const NodeArguments& a) {
  return {List("aten.native_layer_norm.default",
               {a.Get("input"), a.Get("normalized_shape"), a.Get("weight"), a.Get("bias"),
                a.Number("eps", 1e-5)})};
}

Calls GroupNorm(const NodeArguments& a) {
  const Shape shape = a.ShapeOf("input");
  if (shape.size() < 2) {
    return {};
  }
  int64_t area = 1;
  for (size_t i = 2; i < shape.size(); ++i) {
    area *= shape[i];
  }
  return {List("aten.native_group_norm.default",
               {a.Get("input"), a.Get("weight"), a.Get("bias"), shape[0], shape[1], area,
                a.Int("num_groups", 1), a.Number("eps", 1e-5)})};
}

Calls MatMul(const NodeArguments& a) {
  return {One("aten.bmm.default", {a.Get("self"), a.Get(a.Has("vec") ? "vec" : "other")})};
}

Calls Softmax(const NodeArguments& a) { return SoftmaxTo(a, "aten._softmax.default"); }

Calls LogSoftmax(const NodeArguments& a) { return SoftmaxTo(a, "aten._log_softmax.default"); }

Calls Relu6(const NodeArguments& a) {
  return {One("aten.hardtanh.default", {a.Get("self"), 0.0, 6.0})};
}

Calls Subtract(const NodeArguments& a) {
  FrontEndCall call = One("aten.sub.Tensor", {a.Get("self"), a.Get("other")});
  if (a.Has("alpha")) {
    call.attributes.push_back({"alpha", a.Get("alpha")});
  }
  return {call};
}

// max(x, 0) - w * max(-x, 0), with a weight for each channel.
Calls Prelu(const NodeArguments& a) {
  const Shape self = a.ShapeOf("self");
  const Shape weight = a.ShapeOf("weight");
  int64_t weights = 1;
  for (const int64_t size : weight) {
    weights *= size;
  }
  Shape broadcast(self.size(), 1);
  if (weights > 1 && self.size() > 1) {
    broadcast[1] = weights;
  }
  return {One("aten.neg.default", {a.Get("self")}),
          One("aten.relu.default", {StepResult(0)}),
          View(a.Get("weight"), broadcast),
          One("aten.mul.Tensor", {StepResult(2), StepResult(1)}),
          One("aten.relu.default", {a.Get("self")}),
          One("aten.sub.Tensor", {StepResult(4), StepResult(3)})};
}

// max(x, 0) + log(1 + exp(-|x|)), which overflows nowhere.
Calls Softplus(const NodeArguments& a) {
  if (a.Number("beta", 1) != 1) {
    return {};
  }
  return {One("aten.abs.default", {a.Get("self")}),
          One("aten.neg.default", {StepResult(0)}),
          One("aten.exp.default", {StepResult(1)}),
          One("aten.log1p.default", {StepResult(2)}),
          One("aten.relu.default", {a.Get("self")}),
          One("aten.add.Tensor", {StepResult(4), StepResult(3)})};
}

}  // namespace tideline::openvino
