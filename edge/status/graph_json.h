#pragma once

#include <span>
#include <string>

#include "common/program/frontier.h"
#include "common/program/program.h"

namespace tideline {

// What GET /api/v1/graph answers: the canonical groups as a graph in topological order; the cuts of
// one value and, behind them, those of `further` that are of several; each with the groups before
// it and its depth, the share of the work that is done there. Pure.
std::string GraphJson(const std::string& model, const Program& program,
                      const FrontierTable& frontiers, std::span<const Frontier> further = {});

}  // namespace tideline
