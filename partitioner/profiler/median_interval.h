#pragma once

#include <vector>

#include "partitioner/planner/profile.h"

namespace tideline {

// The median of `samples` and the interval that holds the median of what they were drawn from with
// a chance of 95 %, whatever its distribution: from order statistics (Conover, Practical
// Nonparametric Statistics, 3.2); all of the range below six samples. Not empty. Pure.
Estimate MedianInterval(std::vector<double> samples);

}  // namespace tideline
