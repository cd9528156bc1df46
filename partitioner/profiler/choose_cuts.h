#pragma once

#include <cstddef>
#include <vector>

#include "common/program/frontier.h"
#include "common/program/program.h"

namespace tideline {

// `count` cuts of one value that divide the work evenly, in topological order; all where there are
// no more. A function of the network alone, so that profiles of two devices can be compared. Pure.
std::vector<Frontier> ChooseCuts(const Program& program, const FrontierTable& frontiers,
                                 size_t count);

// What each group has of the network's work (costs.h), by group. Pure.
std::vector<double> GroupWork(const Program& program, const FrontierTable& frontiers);

}  // namespace tideline
