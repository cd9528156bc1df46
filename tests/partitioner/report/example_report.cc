#include "tests/partitioner/report/example_report.h"

#include <algorithm>

#include "tests/partitioner/planner/example_set.h"

namespace tideline {

ExamplePlan::ExamplePlan()
    : link_(*LinkPreset("wifi")),
      set_(std::make_shared<const CandidateSet>(*MakeCandidates(MakeExample().Inputs()))) {
  link_.rtt = Quantiles(5e6);
}

Planner ExamplePlan::Make(const Targets& targets) const { return *Planner::Make(set_, targets); }

PlanReport ExamplePlan::Report(const Targets& targets, const ReportOptions& options) const {
  PlanReport report = *MakePlanReport(Make(targets), conditions(), options);
  report.model = "example version 1";
  report.inputs = {{"edge", "board"}};
  report.network = ExamplePicture();
  return report;
}

int ExamplePlan::Find(std::string_view cut, std::string_view codec) const {
  const auto found = std::ranges::find_if(set_->candidates, [&](const Candidate& candidate) {
    return candidate.cut == cut && candidate.codec == codec;
  });
  return static_cast<int>(found - set_->candidates.begin());
}

NetworkPicture ExamplePicture() {
  NetworkPicture picture;
  picture.input = "input 1x3x224x224";
  picture.groups = {
      {.name = "a", .operators = "conv2d relu", .shape = "1x8", .reads = {-1}, .on_edge = true},
      {.name = "b", .operators = "conv2d", .shape = "1x8", .reads = {0}, .on_edge = true},
      {.name = "c", .operators = "conv2d", .shape = "1x8", .reads = {1}},
      {.name = "d", .operators = "add", .shape = "1x8", .reads = {1, 2}, .makes_result = true}};
  for (NetworkPicture::Group& group : picture.groups) {
    group.share = 0.25;
    group.cut = group.name;
    group.bytes = 1000;
  }
  return picture;
}

}  // namespace tideline
