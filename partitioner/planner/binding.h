#pragma once

#include <string>
#include <vector>

#include "partitioner/planner/planner.h"

namespace tideline {

// What one constraint does to the choice.
struct Binding {
  std::string name;  // ConstraintCheck::name
  int without = -1;  // the best candidate where this one alone is not set
  int alone = -1;    // the best candidate where nothing else is set: if that misses it, no plan
                     // can meet it
};

// One for each constraint that is set, in the order of CheckConstraints. For people and reports:
// milliseconds. Errors: those of Planner::Make.
absl::StatusOr<std::vector<Binding>> FindBindings(const Planner& planner,
                                                  const Conditions& conditions);

}  // namespace tideline
