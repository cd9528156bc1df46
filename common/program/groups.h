#pragma once

#include <vector>

#include "common/program/frontier.h"
#include "common/program/program.h"

namespace tideline {

// Which values depend on an input of the network; by value.
std::vector<bool> DependsOnInput(const Program& program);

// The groups of kFrontierRule, in topological order: by their first node. A group reads values of
// other groups and inputs at its first node alone. Names are set.
std::vector<Group> MakeGroups(const Program& program);

}  // namespace tideline
