#pragma once

#include <memory>

#include "partitioner/planner/candidates.h"
#include "partitioner/report/make_report.h"

namespace tideline {

// The example of tests/partitioner/planner/example_set.h over Wi-Fi with a round trip of 5 ms.
class ExamplePlan {
 public:
  ExamplePlan();

  Planner Make(const Targets& targets = {}) const;
  PlanReport Report(const Targets& targets = {}, const ReportOptions& options = {}) const;
  Conditions conditions() const { return {.link = &link_}; }
  // Index of the candidate.
  int Find(std::string_view cut, std::string_view codec) const;

 private:
  Link link_;
  std::shared_ptr<const CandidateSet> set_;
};

// Four groups in a row with a branch around the third, as the report draws them: a, b, c, d.
NetworkPicture ExamplePicture();

}  // namespace tideline
