#pragma once

#include <memory>

#include "edge/source/source.h"

namespace tideline {

inline constexpr size_t kMaxPathLine = 4096;  // bytes

// One path per line from `descriptor`, which stays the caller's; empty lines are passed over, and a
// line above kMaxPathLine is a frame with an error. Errors: ResourceExhausted.
absl::StatusOr<std::unique_ptr<Source>> OpenPathSource(const SourceOptions& options,
                                                       int descriptor);

}  // namespace tideline
