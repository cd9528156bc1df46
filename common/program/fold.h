#pragma once

#include "common/base/status.h"
#include "common/program/program.h"

namespace tideline {

// Folds every BatchNorm that is the only reader of a convolution or a linear layer into that
// layer's weight and bias, which become new tensors, computed in double precision; the file's stay
// as they are. The layer then makes the BatchNorm's value. Others stay. Blocks for a pass over the
// weights. Errors: ResourceExhausted.
absl::Status FoldBatchNorm(Program& program);

}  // namespace tideline
