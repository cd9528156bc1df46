#pragma once

#include <cstdint>
#include <optional>
#include <span>

#include "absl/time/time.h"

namespace tideline {

// A cloud as its edge last heard of it.
struct WorkerState {
  absl::Duration queue = absl::ZeroDuration();       // that it reported
  absl::Duration round_trip = absl::ZeroDuration();  // to it and back
  bool open = false;                                 // whether its circuit breaker is: skip it
};

// Which of several clouds takes a request: of two that chance picks, the one with less queue and
// way, or the first of two that are about alike, so that edges with the same old news do not all go
// to one. `chance` is any random number.
// Nothing where every breaker is open. Pure.
std::optional<size_t> ChooseWorker(std::span<const WorkerState> workers, uint64_t chance);

}  // namespace tideline
