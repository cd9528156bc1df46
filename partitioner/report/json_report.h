#pragma once

#include <string>

#include "partitioner/report/plan_report.h"

namespace tideline {

// The report for programs: one JSON document with plain numbers, units in the keys' suffixes,
// shares as fractions; null where nothing is known. Pure.
std::string FormatJson(const PlanReport& report);

}  // namespace tideline
