#pragma once

#include "common/telemetry/timeline.h"
#include "edge/result.h"

namespace tideline {

// Where the time of one answered request went. Pure.
RequestTimeline TimelineOf(const Result& result);

}  // namespace tideline
