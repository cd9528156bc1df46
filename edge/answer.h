#pragma once

#include <vector>

#include "common/base/clock.h"
#include "edge/request.h"
#include "edge/result.h"

namespace tideline {

// The record of one request: what the network's results mean, by which path they came, and where
// the time went. Output thread.
Result MakeResult(const Request& request, const Outcome& outcome, absl::Time now);

}  // namespace tideline
