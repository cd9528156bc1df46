#pragma once

#include <span>
#include <vector>

#include "common/engine/engine.h"

namespace tideline {

// `segment` in consecutive parts that end at the stops inside it; `segment` alone where there is
// none. `stops` are frontiers in topological order. Pure.
std::vector<Segment> Divide(const Program& program, std::span<const Frontier> stops,
                            const Segment& segment);

}  // namespace tideline
