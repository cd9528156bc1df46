#pragma once

#include "common/engine/engine.h"

// What an engine module exports: one C function. The caller owns the result. No exception and no
// type of the module's own library crosses it.
extern "C" {
using TidelineCreateEngineFunction = tideline::Engine* (*)();
}

namespace tideline {
inline constexpr char kCreateEngineSymbol[] = "TidelineCreateEngine";
}
