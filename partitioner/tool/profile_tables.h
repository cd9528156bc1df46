#pragma once

#include "partitioner/planner/profile.h"
#include "partitioner/profiler/compare.h"
#include "partitioner/tool/answer.h"

namespace tideline {

// One row per engine.
void ShowProfile(const Profile& profile, Answer& answer);

// One row per time that both have.
Answer DescribeComparison(const Profile& first, const Profile& second,
                          const Comparison& comparison);

}  // namespace tideline
