#pragma once

#include <cstdint>
#include <limits>
#include <memory>
#include <string_view>

#include "common/engine/engine.h"

namespace tideline {

// Runs that fail, counted from 1 over all segments.
struct FailingRuns {
  uint64_t first = 1;
  uint64_t last = std::numeric_limits<uint64_t>::max();
};

// "4-9": runs 4 to 9; "4-": from the fourth one on. Errors: InvalidArgument.
absl::StatusOr<FailingRuns> ParseFailingRuns(std::string_view text);

// As `engine`, but `runs` of each prepared model fail with Internal: an accelerator with a fault,
// for tests and drills.
std::shared_ptr<Engine> CreateFailingEngine(std::shared_ptr<Engine> engine, FailingRuns runs);

}  // namespace tideline
