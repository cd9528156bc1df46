#pragma once

#include <string_view>
#include <vector>

#include <ATen/core/Tensor.h>
#include <ATen/core/ivalue.h>

#include "common/engine/aten/fused.h"
#include "common/program/program.h"

// LibTorch's operators over oneDNN, as the passes use them. Inside the module only.
namespace tideline::aten {

// Whether oneDNN computes in `type` on this CPU.
bool IsOneDnnType(at::ScalarType type);

// Appends the arguments by which both packed operators name an activation function: none.
void AddNoActivation(Node& node);

// Whether oneDNN arranges two packed weights alike.
bool SameArrangement(const at::Tensor& a, const at::Tensor& b);

// Calls an operator that returns one tensor. Throws what LibTorch throws, and std::runtime_error
// where it has no such operator.
at::Tensor Call(std::string_view target, std::vector<c10::IValue> arguments);

}  // namespace tideline::aten
