#pragma once

#include <cstddef>
#include <random>

namespace tideline {

struct GapOptions {
  size_t values_per_cut = 4;
  bool add_cheapest = false;  // AddCheapestCuts
  double noise = 0;           // of what an element costs to send, 0 to 1: each value differs
};

// The gap of the cuts that the planner considers, for random costs on a random network.
double RandomGap(int nodes, const GapOptions& options, std::mt19937& random);

}  // namespace tideline
