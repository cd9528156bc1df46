#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "common/base/status.h"
#include "common/inference/infer_request.h"

namespace tideline {

// An input as the JSON of a request describes it.
struct JsonInput {
  std::string name;
  std::string datatype;
  std::optional<Shape> shape;
  std::optional<uint64_t> binary_bytes;  // parameters.binary_data_size: the values stand behind
  bool has_data = false;
  // The values in the JSON, nested lists joined: whole numbers (true is 1) until one has a
  // fraction, which makes all of them reals; or texts.
  std::vector<int64_t> integers;
  std::vector<double> reals;
  std::vector<std::string> texts;
};

struct JsonRequest {
  std::string id;
  std::vector<JsonInput> inputs;
  std::vector<InferOutput> outputs;
  bool binary = false;
  std::optional<double> deadline_ms;
};

// Reads the JSON without making a tree of it: a number takes 8 bytes. Keys that aren't known are
// skipped. Pure. Errors: InvalidArgument.
absl::StatusOr<JsonRequest> ParseJsonRequest(std::string_view json);

}  // namespace tideline
