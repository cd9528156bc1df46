#pragma once

#include <vector>

#include "common/program/program.h"

namespace tideline {

// A convolution or a linear layer whose weight is a float32 constant and whose input is float32.
struct QuantizableLayer {
  NodeId node = kNone;
  ValueId activation = kNone;  // what it reads
  ValueId weight = kNone;      // its first dimension is the output channel
};

// In topological order. Transposed convolutions are none: their channels stand elsewhere. Pure.
std::vector<QuantizableLayer> QuantizableLayers(const Program& program);

}  // namespace tideline
