#pragma once

#include <string>

#include "partitioner/report/plan_report.h"

namespace tideline {

// The report for the terminal. With `sweep` also where the best choice changes. Pure.
std::string PlanText(const PlanReport& report, bool sweep);

}  // namespace tideline
