#pragma once

#include <string>
#include <vector>

#include "common/base/status.h"
#include "partitioner/planner/profile.h"
#include "partitioner/tool/profile_options.h"

namespace tideline {

// Measures the model on this machine: each engine with each number of threads in a process of its
// own (MeasureInWorker), then the codecs in this one. `tideline` is the release. `notes` gets a
// line for each figure that is missing, and why. Blocks. SetEngineThreads has not been called.
// Errors: those of FindModel, CheckInstalled, TimeEngine and TimeCodecs; InvalidArgument for
// options that cannot be.
absl::StatusOr<Profile> MeasureProfile(const ProfileOptions& options, const std::string& tideline,
                                       const ProfileReport& report,
                                       std::vector<std::string>& notes);

// The worker's part: the profile of one engine with one number of threads, and nothing else in it.
absl::StatusOr<Profile> MeasureInWorker(const ProfileOptions& options, const ProfileReport& report);

}  // namespace tideline
