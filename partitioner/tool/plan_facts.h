#pragma once

#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "partitioner/exchange/fetch_profile.h"
#include "partitioner/inputs/plan_inputs.h"
#include "partitioner/planner/link.h"

namespace tideline {

// Where the two profiles come from: files, or addresses of machines that serve them.
struct ProfilePlaces {
  std::string edge;
  std::string cloud;
};

// Reads the model in `path`, its calibration where there is one, and the two profiles; `source`
// says how to reach machines. Errors: those of FindModel, LoadProgram, ReadOrFetchProfile and
// MakePlanInputs.
absl::StatusOr<PlanInputs> ReadPlanInputs(const std::string& path, const ProfilePlaces& places,
                                          const ProfileSource& source);

// How much more the best of the listed cuts costs than the best of all that there are, as a
// fraction, at 8 bits per element over `link`; absent where a profile has no counters. Errors:
// those of GapToAllCuts.
absl::StatusOr<std::optional<double>> FindGap(const PlanInputs& inputs, const Link& link);

// What a person should know before relying on the plan.
std::vector<std::string> PlanWarnings(const PlanInputs& inputs);

// Name and value of everything that was read.
std::vector<std::pair<std::string, std::string>> DescribeInputs(const PlanInputs& inputs);

}  // namespace tideline
