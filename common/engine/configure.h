#pragma once

#include <memory>
#include <string>

#include "common/engine/engine.h"

namespace tideline {

// `engine` with what its name says in place of the caller's EngineOptions. `options` is joined by
// '+': a precision (f32, bf16, f16), "plain" (EngineOptions::optimize off), anything else is a
// device: "bf16", "cuda:1+f16", "HETERO:GPU,CPU". "" returns `engine` itself. Never fails: a device
// that does not exist is the engine's to refuse.
std::shared_ptr<Engine> Configure(std::shared_ptr<Engine> engine, const std::string& options);

}  // namespace tideline
