#pragma once

#include <cstddef>
#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <variant>
#include <vector>

#include "absl/time/time.h"

#include "common/base/bytes.h"
#include "common/base/status.h"
#include "common/tensor/tensor.h"

namespace tideline {

inline constexpr size_t kMaxInferTensors = 16;     // inputs, and likewise outputs
inline constexpr size_t kMaxInferText = 256;       // bytes of an id or a name
inline constexpr size_t kMaxInferRank = 8;         // dimensions
inline constexpr size_t kMaxInferDepth = 16;       // of the JSON
inline constexpr size_t kMaxInferElements = 1024;  // of a BYTES tensor
inline constexpr int kMaxInferClasses = 1000;

// An input of datatype BYTES: its elements, row by row.
using ByteStrings = std::vector<Bytes>;

struct InferInput {
  std::string name;  // "": the network's only one
  std::variant<Tensor, ByteStrings> value;
};

struct InferOutput {
  std::string name;
  std::optional<bool> binary;  // nullopt: as the request has it
  int classes = 0;             // > 0: so many best classes in the place of the values
};

// What `POST /v2/models/{m}/infer` asks for.
struct InferRequest {
  std::string id;
  std::vector<InferInput> inputs;
  std::vector<InferOutput> outputs;        // empty: all
  bool binary = false;                     // outputs after the JSON, not in it
  std::optional<absl::Duration> deadline;  // parameters.deadline_ms
};

// Reads a request of the Open Inference Protocol v2: JSON, and with Triton's binary extension the
// tensors behind it. `header_length` is the header Inference-Header-Content-Length, "" where it is
// missing: the JSON's bytes; at "0" the body is one element of BYTES and nothing else. Tensors are
// copied, byte strings are views that `owner` keeps alive. Pure; memory is bounded by the body's.
// Errors: InvalidArgument.
absl::StatusOr<InferRequest> ParseInferRequest(std::string_view body,
                                               std::string_view header_length,
                                               const std::shared_ptr<const void>& owner);

}  // namespace tideline
