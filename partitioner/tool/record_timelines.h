#pragma once

#include <cstddef>
#include <string>
#include <string_view>
#include <vector>

#include "common/base/status.h"
#include "common/telemetry/timeline.h"

namespace tideline {

// The timelines of the last `most` of an edge's result records, one JSON object a line. Records say
// how long the stages took and when the answer was there, not when each began: they are put one
// after the other from the admission on, a local finish at the end. Pure; `filename` is for the
// error texts. Errors: InvalidArgument "FILE:LINE: …".
absl::StatusOr<std::vector<RequestTimeline>> ReadRecordTimelines(std::string_view text,
                                                                 const std::string& filename,
                                                                 size_t most);

}  // namespace tideline
