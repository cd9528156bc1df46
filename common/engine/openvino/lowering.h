#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "common/program/program.h"

// An exported operator in the words of OpenVINO's PyTorch front end, whose table for exported
// programs has the core operators only. Pure; knows no OpenVINO header.
namespace tideline::openvino {

struct FrontEndCall {
  std::string op;                     // "aten.convolution.default"
  std::vector<ArgumentValue> inputs;  // by position; a tensor may be the result of an earlier step
  std::vector<Argument> attributes;   // by keyword
  bool returns_list = false;          // results are elements of a list
};

// The result of an earlier call of the same lowering, as a tensor argument.
constexpr ValueRef StepResult(int32_t step) { return {kNone - 1 - step}; }
constexpr bool IsStep(ValueRef ref) { return ref.id < kNone; }
constexpr int32_t StepOf(ValueRef ref) { return kNone - 1 - ref.id; }

// The calls that make `node`'s outputs for a batch of `batch`, in order; the last one returns them.
// Sizes that depend on the batch become numbers. An operator that needs no rewriting, or that is
// unknown here, is passed on as it stands: the front end says what it lacks.
std::vector<FrontEndCall> Lower(const Program& program, const Node& node, int64_t batch);

}  // namespace tideline::openvino
