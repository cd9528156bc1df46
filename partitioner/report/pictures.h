#pragma once

#include <cstddef>
#include <string>
#include <string_view>

#include "partitioner/report/plan_report.h"

// The pictures of the report, as inline SVG. Pure.
namespace tideline {

// The network from its input down to its results: the edge's part, the cut, the cloud's part;
// beside it what each layer takes, and what a cut behind it would send.
std::string DrawNetwork(const PlanReport& report);

// What the latency of each ranked plan is made of.
std::string DrawLatencies(const PlanReport& report);

// Latency over the uplink's rate, and which plan is the best where.
std::string DrawSweep(const PlanReport& report);

// The plans that no other one beats in everything, the fastest kMostDrawn of them: latency against
// one other figure.
inline constexpr size_t kMostDrawn = 1500;
enum class Against { kBytes, kEnergy, kAccuracy };
std::string DrawFront(const PlanReport& report, Against against);

// The colour of a plan, as a class of the page's style: "edge", "input", "split".
std::string_view Kind(const PlanOption& option);

}  // namespace tideline
