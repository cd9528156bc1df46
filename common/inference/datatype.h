#pragma once

#include <optional>
#include <string_view>

#include "common/tensor/dtype.h"

namespace tideline {

// The names of element types in the Open Inference Protocol: "FP32", "UINT8", "BOOL", …
std::string_view DatatypeName(DType dtype);
// nullopt for a name that isn't one of a tensor's: "BYTES", "fp32".
std::optional<DType> DatatypeOf(std::string_view name);

}  // namespace tideline
