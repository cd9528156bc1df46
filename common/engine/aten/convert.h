#pragma once

#include <ATen/core/Tensor.h>

#include "common/base/status.h"
#include "common/tensor/tensor.h"

// Between our tensors and LibTorch's, without copying an element. Inside the module only.
namespace tideline::aten {

at::ScalarType ToScalarType(DType dtype);

// A view that shares the owner; never written to.
at::Tensor ToAten(const Tensor& tensor);

// A view whose owner is `tensor`, with its strides. Errors: Unimplemented for a dtype or a layout
// that has no counterpart.
absl::StatusOr<Tensor> FromAten(const at::Tensor& tensor);

}  // namespace tideline::aten
