#pragma once

#include <functional>
#include <memory>

#include "common/base/status.h"
#include "common/engine/engine.h"

namespace tideline {

using EngineOpener = std::function<absl::StatusOr<std::shared_ptr<Engine>>()>;

// `first`, with the operators that it lacks run by the engine that `open_second` opens, on its own
// default device and in float32: segments are divided at the frontiers that `first` keeps ready,
// which enclose what it lacks. `open_second` is called in Prepare, and only for a program that
// needs it. Where the second is not installed or lacks an operator too, the model is `first`'s own,
// whose Run then fails with Unimplemented at the segments concerned.
std::shared_ptr<Engine> CreateFallbackEngine(std::shared_ptr<Engine> first,
                                             EngineOpener open_second);

}  // namespace tideline
