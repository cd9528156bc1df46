#pragma once

#include <cstddef>
#include <string>
#include <utility>
#include <vector>

#include "common/engine/openvino/lowering.h"
#include "common/engine/openvino/node_arguments.h"

// How each operator that the front end lacks is said in operators that it has. Every function
// returns nothing where the form given is beyond it. Pure.
namespace tideline::openvino {

using Calls = std::vector<FrontEndCall>;

// A call of one result.
inline FrontEndCall One(std::string op, std::vector<ArgumentValue> inputs) {
  return {.op = std::move(op), .inputs = std::move(inputs)};
}

// A call whose results are elements of a list.
inline FrontEndCall List(std::string op, std::vector<ArgumentValue> inputs) {
  return {.op = std::move(op), .inputs = std::move(inputs), .returns_list = true};
}

inline FrontEndCall View(ArgumentValue tensor, const Shape& shape) {
  return One("aten.view.default", {std::move(tensor), shape});
}

// rewrite_layers.cc
Calls BatchNorm(const NodeArguments& a);
Calls Convolution(const NodeArguments& a);
Calls GroupNorm(const NodeArguments& a);
Calls LayerNorm(const NodeArguments& a);
Calls LogSoftmax(const NodeArguments& a);
Calls MatMul(const NodeArguments& a);
Calls Prelu(const NodeArguments& a);
Calls Relu6(const NodeArguments& a);
Calls Softmax(const NodeArguments& a);
Calls Softplus(const NodeArguments& a);
Calls Subtract(const NodeArguments& a);
Calls TransposedConvolution(const NodeArguments& a);

// rewrite_pooling.cc; the number is that of the dimensions pooled over
Calls AdaptiveAvgPool1d(const NodeArguments& a);
Calls AdaptiveAvgPool2d(const NodeArguments& a);
Calls AdaptiveAvgPool3d(const NodeArguments& a);
Calls AvgPool1d(const NodeArguments& a);
Calls AvgPool2d(const NodeArguments& a);
Calls AvgPool3d(const NodeArguments& a);
Calls MaxPool1d(const NodeArguments& a);
Calls MaxPool2d(const NodeArguments& a);
Calls MaxPool3d(const NodeArguments& a);

// rewrite_shapes.cc
Calls Chunk(const NodeArguments& a);
Calls Expand(const NodeArguments& a);
Calls Identity(const NodeArguments& a);
Calls Reshape(const NodeArguments& a);
Calls Split(const NodeArguments& a);
Calls SplitSizes(const NodeArguments& a);

}  // namespace tideline::openvino
