#pragma once

#include <cstddef>
#include <string>
#include <vector>

#include "partitioner/planner/planner.h"

namespace tideline {

// The cuts, `most` of them at most, that an engine is best kept compiled for where it can run no
// others: with them, "edge" and "input" the best choice is hardly worse than with all of the
// planner's. Looked at are uplinks from 0.1 Mbit/s to 1 Gbit/s, near and far clouds, and an edge at
// its profile's speed and at half of it. One after the other, each the one that saves most beside
// those before it, until none saves anything to speak of: fewer pieces run faster. Pure. Takes as
// long as some hundred choices among all of the front, which is tenths of a second.
std::vector<std::string> ChooseReadyCuts(const Planner& planner, size_t most);

}  // namespace tideline
