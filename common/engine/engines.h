#pragma once

#include <memory>
#include <string>
#include <vector>

#include "common/base/status.h"
#include "common/engine/engine.h"

namespace tideline {

// Opens an engine by its name: "aten", "aten:bf16" (options as in configure.h), "fake", "fake:2ms"
// (sleeps 2 ms per node), "check:A,B" (runs A and B, returns A's results and fails where B's
// differ). Modules are looked up in $TIDELINE_MODULE_PATH, or in lib/tideline where the program is
// in bin or libtideline.so in lib, and opened on first use; they stay open until the process ends.
// SetEngineThreads must have been called before the first one is opened. Errors: NotFound with the
// list of engines, or with the path of the module that is absent. Thread-safe.
absl::StatusOr<std::shared_ptr<Engine>> OpenEngine(const std::string& name);

// Whether OpenEngine has what it opens by this name, options apart; opens nothing. Errors: as
// OpenEngine.
absl::Status CheckInstalled(const std::string& name);

// "aten" where its module is installed, "openvino" otherwise.
std::string DefaultEngine();

// Whether it compiles segments, and so has use for EngineOptions::ready.
bool Compiles(const std::string& name);

// The names that OpenEngine knows.
std::vector<std::string> EngineNames();

// Sets the OpenMP variables that libgomp reads when a module is opened (OMP_NUM_THREADS,
// GOMP_SPINCOUNT, OMP_PROC_BIND), where the environment does not have them yet. First thing in
// main, before any thread is started: setenv is not thread-safe.
// `threads` 0 = all that the process may use; `spin` keeps idle threads spinning for long;
// otherwise they spin for some microseconds only, between two loops of one operator.
void SetEngineThreads(int threads, bool spin);

}  // namespace tideline
