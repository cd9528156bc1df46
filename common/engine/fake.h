#pragma once

#include <memory>
#include <string>

#include "absl/time/time.h"

#include "common/base/status.h"
#include "common/engine/engine.h"

namespace tideline {

// An engine that computes no network: every node takes `delay`, and every row of what it gives is
// a pure function of the node and of the bits of the same row of what it reads. So any segments
// joined at their cuts give what the whole gives, rows of a batch are independent, and another
// input, request or chunk gives another result. Needs no module; supports every operator.
std::shared_ptr<Engine> CreateFakeEngine(absl::Duration delay);

// "" (no delay) or a duration such as "2ms". Errors: InvalidArgument.
absl::StatusOr<absl::Duration> ParseFakeDelay(const std::string& text);

}  // namespace tideline
