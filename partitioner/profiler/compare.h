#pragma once

#include <string>
#include <vector>

#include "common/base/status.h"
#include "partitioner/planner/profile.h"

namespace tideline {

// One figure of two profiles.
struct ComparedTime {
  std::string engine;  // EngineProfile::Label(); "" for a codec
  std::string cut;     // "edge" for the whole network
  std::string what;    // "head", "tail", "whole", "encode int8"
  Estimate first_ns;
  Estimate second_ns;
  Estimate ratio;  // second / first; from the ends of both intervals
};

struct Comparison {
  std::vector<ComparedTime> times;       // what both have, in the first's order
  std::vector<std::string> only_first;   // engines
  std::vector<std::string> only_second;  // engines
};

// Pure. Errors: FailedPrecondition where they are of two models, or name cuts by other rules.
absl::StatusOr<Comparison> CompareProfiles(const Profile& first, const Profile& second);

}  // namespace tideline
