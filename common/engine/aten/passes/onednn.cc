#include "common/engine/aten/passes/onednn.h"

#include <stdexcept>
#include <string>
#include <utility>

#include <ATen/ops/equal.h>

#include "common/engine/aten/operation.h"

namespace tideline::aten {
namespace {

bool Answer(const char* target) {
  const auto op = FindOperator(target);
  std::vector<c10::IValue> stack;
  if (op) {
    op->callBoxed(stack);
  }
  return !stack.empty() && stack[0].toBool();
}

}  // namespace

bool IsOneDnnType(at::ScalarType type) {
  switch (type) {
    case at::kFloat:
      return true;
    case at::kBFloat16:
      return Answer("mkldnn._is_mkldnn_bf16_supported.default");
    case at::kHalf:
      return Answer("mkldnn._is_mkldnn_fp16_supported.default");
    default:
      return false;
  }
}

void AddNoActivation(Node& node) {
  node.arguments.push_back({"attr", std::string("none")});
  node.arguments.push_back({"scalars", std::vector<double>()});
  node.arguments.push_back({"algorithm", std::string()});
}

bool SameArrangement(const at::Tensor& a, const at::Tensor& b) {
  constexpr char kDescriptor[] = "mkldnn._get_mkldnn_serialized_md.default";
  return at::equal(Call(kDescriptor, {a}), Call(kDescriptor, {b}));
}

at::Tensor Call(std::string_view target, std::vector<c10::IValue> arguments) {
  const auto op = FindOperator(std::string(target));
  if (!op) {
    throw std::runtime_error("LibTorch has no operator " + std::string(target));
  }
  op->callBoxed(arguments);
  return std::move(arguments.at(0)).toTensor();
}

}  // namespace tideline::aten
