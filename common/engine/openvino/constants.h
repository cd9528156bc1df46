#pragma once

#include <memory>

#include <openvino/op/constant.hpp>

#include "common/base/status.h"
#include "common/program/program.h"
#include "common/tensor/tensor.h"

// Our values as OpenVINO's. Inside the module only.
namespace tideline::openvino {

ov::element::Type ToElementType(DType dtype);
ov::Shape ToOvShape(const Shape& shape);

// A view of the tensor's memory that shares in its owner; a copy where it is not contiguous.
absl::StatusOr<std::shared_ptr<ov::op::v0::Constant>> WeightConstant(const Tensor& tensor);

// A number, a text or a list of numbers; nullptr for an argument that is none of them.
std::shared_ptr<ov::op::v0::Constant> LiteralConstant(const ArgumentValue& value);

}  // namespace tideline::openvino
