#pragma once

#include "common/base/status.h"
#include "common/program/program.h"
#include "partitioner/quantizer/calibrate.h"

namespace tideline {

// `program` with 8-bit convolutions and linear layers, in operators that every engine has: a value
// with a range goes through aten.fake_quantize_per_tensor_affine_cachemask before the layers that
// read it; their weight becomes an int8 constant, aten._to_copy to float32 and aten.mul by a scale
// per output channel. Layers whose input has no range stay as they are, and so do biases. Every
// frontier keeps its name; a quantized value is called as its first layer with ".quantized" behind.
// Pure. Errors: ResourceExhausted where memory is short.
absl::StatusOr<Program> QuantizeProgram(const Program& program, const ActivationRanges& ranges);

}  // namespace tideline
