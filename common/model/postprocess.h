#pragma once

#include <cstdint>
#include <span>
#include <string>
#include <vector>

#include "common/base/status.h"
#include "common/model/model_info.h"
#include "common/tensor/tensor.h"

namespace tideline {

struct Classification {
  int64_t index = 0;
  std::string label;  // "" where the model has no labels
  double score = 0;   // a probability: the softmax of the output, in double
};

// What a network's results mean.
struct Answer {
  std::vector<Classification> classes;  // one per row of the batch; empty for raw outputs
  std::vector<Tensor> outputs;          // as they came
};

// Reads the network's results as `output` says. The first output of a classifier is float32
// [N, classes], dimensions of 1 after it allowed. Among equal values the first class wins. Pure.
// Errors: InvalidArgument where the output or the number of labels does not fit, or a value is NaN.
absl::StatusOr<Answer> Postprocess(std::vector<Tensor> outputs, const OutputInfo& output,
                                   std::span<const std::string> labels);

}  // namespace tideline
