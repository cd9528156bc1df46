#include "common/model/postprocess.h"

#include <algorithm>
#include <cmath>
#include <utility>

namespace tideline {
namespace {

absl::Status CheckScores(const Tensor& scores, size_t labels) {
  const Shape& shape = scores.shape();
  const bool fits = shape.size() >= 2 && shape[1] >= 1 &&
                    std::all_of(shape.begin() + 2, shape.end(), [](int64_t d) { return d == 1; });
  if (!fits || scores.dtype() != DType::kFloat32) {
    return InvalidArgument(
        "a classifier's output is float32 [batch, classes], not {} {}; write "
        "output: {{kind: raw}} in model.yaml",
        Name(scores.dtype()), ToString(shape));
  }
  if (labels != 0 && static_cast<int64_t>(labels) != shape[1]) {
    return InvalidArgument("the network has {} classes, its file of labels has {} lines", shape[1],
                           labels);
  }
  return absl::OkStatus();
}

absl::StatusOr<Classification> Classify(std::span<const float> scores, bool softmax) {
  if (std::ranges::any_of(scores, [](float score) { return std::isnan(score); })) {
    return InvalidArgument("the classifier's output has NaN in it");
  }
  const auto best = std::ranges::max_element(scores);
  Classification result;
  result.index = best - scores.begin();
  if (softmax) {
    result.score = *best;
    return result;
  }
  double sum = 0;
  for (const float score : scores) {
    sum += score == *best ? 1.0 : std::exp(static_cast<double>(score) - *best);
  }
  result.score = 1.0 / sum;
  return result;
}

}  // namespace

absl::StatusOr<Answer> Postprocess(std::vector<Tensor> outputs, const OutputInfo& output,
                                   std::span<const std::string> labels) {
  Answer answer;
  answer.outputs = std::move(outputs);
  if (output.kind == OutputKind::kRaw) {
    return answer;
  }
  if (answer.outputs.empty()) {
    return InvalidArgument("a classifier has an output, this network gave none");
  }
  RETURN_IF_ERROR(CheckScores(answer.outputs[0], labels.size()));
  ASSIGN_OR_RETURN(const Tensor scores, Contiguous(answer.outputs[0]));
  const int64_t classes = scores.shape()[1];
  for (int64_t row = 0; row < scores.shape()[0]; ++row) {
    const std::span<const float> values(scores.as<float>() + row * classes,
                                        static_cast<size_t>(classes));
    ASSIGN_OR_RETURN(Classification result, Classify(values, output.softmax));
    result.label = labels.empty() ? "" : labels[static_cast<size_t>(result.index)];
    answer.classes.push_back(std::move(result));
  }
  return answer;
}

}  // namespace tideline
