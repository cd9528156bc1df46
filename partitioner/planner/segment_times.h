#pragma once

#include <vector>

#include "partitioner/planner/network.h"
#include "partitioner/planner/profile.h"

namespace tideline {

// What one engine takes in front of a cut and behind it.
struct SegmentTime {
  Estimate head_ns;
  Estimate tail_ns;
  double memory_bytes = 0;  // of the head
};

// Per cut of `network`. A cut that was measured has its measured times. Any other lies between two
// measured cuts of one value (or the network's ends), and the time between those is shared out by
// the engine's counters of the groups. Pure. Errors: FailedPrecondition naming the cut that was not
// measured where there are no counters, or the two numbers of groups where they differ.
absl::StatusOr<std::vector<SegmentTime>> SegmentTimes(const EngineProfile& engine,
                                                      const Network& network);

// network.shape with what each group takes on either side, in which the groups of an engine add up
// to its whole. Pure. Errors: FailedPrecondition where an engine has no counters of these groups.
absl::StatusOr<Dag> GroupTimes(const EngineProfile& edge, const EngineProfile& cloud,
                               const Network& network);

}  // namespace tideline
