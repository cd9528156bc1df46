#pragma once

#include <cstddef>
#include <string>

#include "common/base/status.h"

namespace tideline {

inline constexpr size_t kMaxSecret = 4096;  // bytes

// The password or token in the file at `path`: one line of text, without its end.
// Errors: those of ReadFile; PermissionDenied where others may read the file; InvalidArgument for
// an empty one, or one with control characters.
absl::StatusOr<std::string> ReadSecret(const std::string& path);

}  // namespace tideline
