#pragma once

#include "edge/config.h"
#include "edge/pipeline.h"
#include "edge/sink/output.h"
#include "edge/source/source.h"

namespace tideline {

// Feeds every frame of `source` to the pipeline; at its end waits for the answers and until they
// are written, for config.exit_timeout at most. Blocks; a thread of its own.
void Feed(const EdgeConfig& config, Source& source, Pipeline& pipeline, Output& output);

// Ends the source; what it gave is answered and written within config.exit_timeout. Thread-safe.
void StopFeeding(const EdgeConfig& config, Source& source, Output& output);

}  // namespace tideline
