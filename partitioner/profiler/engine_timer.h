#pragma once

#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "absl/time/time.h"

#include "common/base/status.h"
#include "partitioner/planner/profile.h"
#include "partitioner/profiler/bench_model.h"
#include "partitioner/profiler/power_meter.h"

namespace tideline {

// How one engine is measured.
struct EngineTiming {
  std::string engine;             // as OpenEngine takes it: "aten:bf16"
  EngineOptions options;          // that the model was loaded with
  std::vector<std::string> cuts;  // whose heads and tails are measured, in topological order
  absl::Duration time;            // of the measured runs; what comes before them takes its own
  absl::Duration pause;           // before each run
};

// Called with the part that is done, from 0 to 1, and what is next.
using TimingReport = std::function<void(double, const std::string&)>;

// Measures what `timing` says of `model`, which was loaded with that engine: the whole, each head
// and tail, what the engine counts for the groups (their work, where it counts nothing), memory and
// watts. Rounds of everything take turns, so that a machine that grows slower does so for all. An
// engine that compiles is measured as it runs in the long run, head and tail compiled whole: one
// cut after the other, each in turns with the whole network, by which it is corrected. Blocks.
// Errors: those of Prepare and Run; NotFound for a cut.
absl::StatusOr<EngineProfile> TimeEngine(BenchModel& model, const EngineTiming& timing,
                                         PowerMeter& meter, const TimingReport& report);

// "aten" for "aten:bf16", "openvino:GPU" for "openvino:GPU+bf16": what a profile has beside the
// precision. Pure.
std::string WithoutPrecision(const std::string& engine);

// "bf16" for "bfloat16", what an engine says of itself; others as they are. Pure.
std::string ShortPrecision(const std::string& precision);

}  // namespace tideline
