#pragma once

#include <string>

#include "edge/status/edge_facts.h"
#include "edge/status/status_board.h"

namespace tideline {

// What GET /api/v1/status answers, on one line. Pure.
std::string StatusJson(const EdgeFacts& facts, const BoardState& state);

}  // namespace tideline
