#pragma once

#include <functional>
#include <string>
#include <string_view>

#include "common/base/status.h"
#include "common/program/json.h"
#include "common/program/program.h"

namespace tideline {

// What an argument may name.
struct ArgumentScope {
  // The value called so, which must have been made before. Errors: DataLoss.
  std::function<absl::StatusOr<ValueId>(const std::string&)> value;
  // The size called so. Errors: DataLoss, Unimplemented.
  std::function<absl::StatusOr<Dim>(const std::string&)> size;
};

// One Argument of the export schema, {"as_tensor": {"name": "conv2d"}}. Pure. Errors: DataLoss;
// Unimplemented, naming the kind, for what an operator on tensors has no use for (graphs, custom
// objects, symbolic numbers other than sizes).
absl::StatusOr<ArgumentValue> ReadArgument(const Json& json, const ArgumentScope& scope);

}  // namespace tideline
