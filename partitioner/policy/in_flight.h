#pragma once

#include "partitioner/planner/plan.h"

namespace tideline {

struct InFlightLimits {
  int least = 1;
  int most = 64;
  double held_bytes = 0;       // that one open request keeps in memory
  double most_held_bytes = 0;  // of all; 0: no limit
};

// How many requests may be open: as many as keep the slowest stage busy, which are those that fit
// into the latency at one result per period (edge, link and cloud side by side), and one more, so
// that what varies does not leave it idle. Where requests come one by one and are to be answered
// soonest, more than that only wait for each other. Pure.
int InFlight(const Terms& terms, const InFlightLimits& limits = {});

}  // namespace tideline
