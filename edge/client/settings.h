#pragma once

#include "common/base/status.h"
#include "edge/config.h"
#include "tideline/types.h"

namespace tideline {

// The configuration of an edge whose inputs come from its own process: the file, the environment
// and the settings, the strongest last. Errors: those of LoadConfig; InvalidArgument for a setting
// that no edge has.
absl::StatusOr<EdgeConfig> LoadClientConfig(const client::Options& options);

}  // namespace tideline
