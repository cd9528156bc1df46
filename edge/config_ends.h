#pragma once

#include "common/config/fields.h"
#include "edge/config.h"

namespace tideline {

// The fields of sources and sinks.
void AddEnds(FieldList<EdgeConfig>& list);

// What no single one of them can check. Errors: InvalidArgument with the field's origin.
absl::Status CheckEnds(const EdgeConfig& config, const Origins& origins);

}  // namespace tideline
