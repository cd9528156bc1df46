#pragma once

#include <string>
#include <vector>

#include "common/base/status.h"
#include "common/program/json.h"

namespace tideline {

// What a graph's inputs and outputs stand for.
struct Signature {
  enum class Role { kUser, kParameter, kConstant };
  struct Input {
    Role role = Role::kUser;
    std::string value;   // name in the graph
    std::string target;  // name of the payload ("features.0.weight"); "" for the user's
  };
  std::vector<Input> inputs;
  std::vector<std::string> results;  // names in the graph
};

// Reads graph_module.signature. Pure. Errors: DataLoss; InvalidArgument, naming it, where the
// network writes a buffer or an input, or takes or gives something that is no tensor.
absl::StatusOr<Signature> ReadSignature(const Json& graph_module);

}  // namespace tideline
