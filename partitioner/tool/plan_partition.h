#pragma once

#include <string>
#include <vector>

#include "partitioner/planner/candidates.h"
#include "partitioner/planner/partition_file.h"
#include "partitioner/report/plan_report.h"

namespace tideline {

// `partition` with the best plan of `report` in place of what was to choose, as the text of a file
// that ParsePartition reads: fixed cut, codec and engines, and what the edge keeps to by itself.
// What steered the choice stands in it as comments. `notes` gets a line for what had to be left
// out. Pure. Errors: those of ParsePartition.
absl::StatusOr<std::string> FormatPlannedPartition(const Partition& partition,
                                                   const CandidateSet& set,
                                                   const PlanReport& report,
                                                   std::vector<std::string>& notes);

}  // namespace tideline
