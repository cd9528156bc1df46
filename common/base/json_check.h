#pragma once

#include <cstddef>
#include <string_view>

#include "common/base/status.h"

namespace tideline {

// What a JSON text from outside may be.
struct JsonLimits {
  size_t bytes = 0;
  size_t values = 0;  // keys too
  int depth = 16;
};

// Whether `text` is JSON within the limits. Pure; takes no memory that grows with the text, so that
// it is asked before anything is built. Errors: DataLoss for what is not JSON, ResourceExhausted
// above a limit.
absl::Status CheckJson(std::string_view text, const JsonLimits& limits);

}  // namespace tideline
