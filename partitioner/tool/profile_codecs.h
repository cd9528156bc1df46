#pragma once

#include <vector>

#include "common/base/status.h"
#include "partitioner/planner/profile.h"
#include "partitioner/profiler/bench_model.h"
#include "partitioner/tool/profile_options.h"

namespace tideline {

// Times the codecs that `options` ask for; where they ask for none, those of the model's
// calibration, and what is planned without one. The tensors are those of the reference input, the
// image is LikeAPhotograph. Blocks. Errors: those of TimeCodecs; FailedPrecondition where the
// calibration is of another model.
absl::StatusOr<std::vector<CodecTime>> MeasureCodecs(const ProfileOptions& options,
                                                     BenchModel& model,
                                                     const ProfileReport& report);

// TimeInput of an image like a photograph; zeros where the network takes no image. Blocks.
absl::StatusOr<InputTimes> MeasureInput(const BenchModel& model);

}  // namespace tideline
