#pragma once

#include <string>
#include <vector>

#include "partitioner/report/plan_report.h"

// Figures as people read them: three significant digits and a unit.
namespace tideline {

std::string ShowTime(double ns);                   // "0.41 ms", "41.2 ms", "12.3 s"
std::string ShowBytes(double bytes);               // "812 B", "24.5 KiB"
std::string ShowRate(double bits_per_second);      // "130 kbit/s", "5.85 Mbit/s"
std::string ShowDrop(const PlanOption& option);    // "0.4 %", "unknown"
std::string ShowEnergy(const PlanOption& option);  // "120 mJ", "unknown"

// The figure that the objective makes least, with its unit: "41.2 ms", "8.1 ms per result".
std::string ShowObjective(Objective objective, const PlanOption& option);

// "openvino/f32/2 → aten/f32/4"; one side where the other computes nothing
std::string ShowEngines(const PlanOption& option);

// Whether the plans run on different engines, so that each has to name its own.
bool NamesEngines(const std::vector<PlanOption>& options);

// How many of the ranked plans the measurements cannot tell from the best; "" where none.
std::string DescribeClose(const PlanReport& report);

}  // namespace tideline
