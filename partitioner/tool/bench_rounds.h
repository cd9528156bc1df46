#pragma once

#include <istream>
#include <ostream>

#include "common/base/status.h"
#include "partitioner/profiler/bench_model.h"

namespace tideline {

// Lets a program take turns between several contenders, each a process that stays alive. Writes
//   {"event": "first_answer"}                as soon as the network has answered once
//   {"event": "ready", "load_ms": …, "error": …, "rss_mb": …, "cuts": […], …}   when it is warm
// and then one line of JSON for each line that it reads:
//   whole RUNS         {"whole_ms": [a time per run], "rss_mb": …}
//   cut NAME RUNS      {"whole_ms": […], "head_ms": […], "tail_ms": […], "rss_mb": …}
//   ready RUNS         {"whole_ms": […], "parts_ms": [their sum per run], "rss_mb": …}: the parts
//                      between the frontiers that the engine keeps ready (EngineDescription)
//   prepare NAME       {"whole_ms": [runs while the engine makes the parts of this cut ready],
//                      "made_ms": …}
//   batch SIZE RUNS    {"whole_ms": […], "rss_mb": …}; the batch is 1 again afterwards
// A line that cannot be served is answered by {"error": "…"}. Ends with `in`. Blocks.
// Errors: those of the runs before it is ready.
absl::Status ServeRounds(BenchModel& model, std::istream& in, std::ostream& out);

}  // namespace tideline
