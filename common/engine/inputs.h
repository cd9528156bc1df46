#pragma once

#include <span>
#include <vector>

#include "common/base/status.h"
#include "common/program/frontier.h"
#include "common/program/program.h"
#include "common/tensor/tensor.h"

// What every engine does before it runs a segment.
namespace tideline {

// The largest batch that a segment runs with; sizes that depend on it then fit an int64.
inline constexpr int64_t kLargestBatch = int64_t{1} << 20;

// Checks that `inputs` are the values of `from`, in order, and returns the batch they have in
// common; 1 where no dimension depends on the batch. Pure. Errors: InvalidArgument with the value's
// name and both counts, dtypes or shapes.
absl::StatusOr<int64_t> CheckInputs(const Program& program, const Frontier& from,
                                    std::span<const Tensor> inputs);

}  // namespace tideline
