#pragma once

#include <random>
#include <string>

#include "tests/partitioner/planner/oracle_case.h"

// The definition of the best choice, tried on everything that there is. It shares no formula with
// the planner.
namespace tideline {

// A constraint that a search runs under; each in turn, alone, and all at once.
enum class OracleConstraint {
  kNone,
  kLatency,
  kAccuracy,
  kMemory,
  kEnergy,
  kUplink,
  kInput,
  kDepth,
  kLeakage,
  kAll
};
inline constexpr int kOracleConstraints = 10;

// Compares the planner's choice with the best of all options under random conditions and limits.
// "" where both agree about feasibility, the smallest violation and the best objective.
std::string Disagreement(const OracleCase& oracle_case, Objective objective,
                         OracleConstraint constraint, std::mt19937& random);

}  // namespace tideline
