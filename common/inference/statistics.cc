#include "common/inference/statistics.h"

#include <nlohmann/json.hpp>

namespace tideline {

void ModelStatistics::OnSuccess(const InferTimes& times, absl::Time now) {
  const absl::MutexLock lock(&mutex_);
  const auto add = [](Sum& sum, absl::Duration time) {
    ++sum.count;
    sum.time += time;
  };
  add(success_, times.total);
  add(queue_, times.queue);
  add(input_, times.input);
  add(infer_, times.infer);
  inferences_ += times.inferences;
  last_ = now;
}

void ModelStatistics::OnFailure(absl::Duration total) {
  const absl::MutexLock lock(&mutex_);
  ++fail_.count;
  fail_.time += total;
}

std::string ModelStatistics::Json(const std::string& model, int64_t version) const {
  const absl::MutexLock lock(&mutex_);
  const auto sum = [](const Sum& value) {
    return nlohmann::json{{"count", value.count}, {"ns", absl::ToInt64Nanoseconds(value.time)}};
  };
  const nlohmann::json none = {{"count", success_.count}, {"ns", 0}};
  const nlohmann::json statistics = {{"name", model},
                                     {"version", std::to_string(version)},
                                     {"last_inference", absl::ToUnixMillis(last_)},
                                     {"inference_count", inferences_},
                                     {"execution_count", success_.count},
                                     {"inference_stats",
                                      {{"success", sum(success_)},
                                       {"fail", sum(fail_)},
                                       {"queue", sum(queue_)},
                                       {"compute_input", sum(input_)},
                                       {"compute_infer", sum(infer_)},
                                       {"compute_output", none}}},
                                     {"batch_stats", nlohmann::json::array()}};
  return nlohmann::json{{"model_stats", {statistics}}}.dump(
      -1, ' ', false, nlohmann::json::error_handler_t::replace);
}

}  // namespace tideline
