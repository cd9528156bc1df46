#pragma once

#include "common/base/status.h"
#include "common/program/program.h"

namespace tideline {

// Makes a network that was saved without decomposition functional: an operator that writes into its
// argument ("relu_") becomes its twin that does not ("relu"). That is the same network where nobody
// reads the argument's memory afterwards, by whatever name, but through the operator's result.
// Errors: InvalidArgument, with the line of Python that mends it, where somebody does, where a
// weight is written, or where an operator is in training mode.
absl::Status Functionalize(Program& program);

}  // namespace tideline
