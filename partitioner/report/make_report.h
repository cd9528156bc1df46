#pragma once

#include <optional>
#include <string>
#include <vector>

#include "partitioner/planner/changed.h"
#include "partitioner/report/plan_report.h"

namespace tideline {

// One question: what if all of these were so?
struct WhatIf {
  struct Move {
    Lever lever = Lever::kLinkRate;
    double factor = 1;
  };
  std::string text;  // as it was asked: "cloud.speed=2x"
  std::vector<Move> moves;
};

struct ReportOptions {
  size_t ranked = 8;            // cuts that are listed, edge and input beside
  size_t codecs = 6;            // settings that are listed at the best cut
  std::optional<BitRate> from;  // of the sweep; absent: a hundredth of the link's median
  std::optional<BitRate> to;    // absent: a hundred times the link's median
  std::vector<WhatIf> what_ifs;
};

// Everything but PlanReport::model, inputs, warnings and network, which the caller knows. Tens of
// milliseconds. Errors: FailedPrecondition where nothing can be chosen; those of SweepUplink and
// FindBindings.
absl::StatusOr<PlanReport> MakePlanReport(const Planner& planner, const Conditions& conditions,
                                          const ReportOptions& options = {});

}  // namespace tideline
