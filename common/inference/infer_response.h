#pragma once

#include <cstdint>
#include <span>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "common/base/status.h"
#include "common/inference/infer_request.h"
#include "common/tensor/tensor.h"
#include "common/web/message.h"

namespace tideline {

// What answers a request.
struct InferAnswer {
  std::string model;
  int64_t version = 0;
  std::vector<std::string> names;  // of the outputs
  std::vector<Tensor> outputs;
  std::span<const std::string> labels;                          // empty: the model has none
  std::vector<std::pair<std::string, std::string>> parameters;  // how it was answered
};

// The answer in the form that `request` asks for: values in the JSON, or behind it with the header
// Inference-Header-Content-Length; the best classes as "SCORE:INDEX:LABEL". Takes as long as the
// outputs are large: not for the I/O thread. Pure.
// Errors: InvalidArgument where an output isn't one of the network's or cannot be classified.
absl::StatusOr<WebResponse> MakeInferResponse(const InferRequest& request,
                                              const InferAnswer& answer);

}  // namespace tideline
