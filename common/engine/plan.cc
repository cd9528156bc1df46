#include "common/engine/plan.h"

#include <algorithm>

namespace tideline {

absl::StatusOr<SegmentPlan> PlanSegment(const Program& program, const Segment& segment) {
  SegmentPlan plan;
  plan.inputs = segment.from.values;
  plan.outputs = segment.to.values;
  ASSIGN_OR_RETURN(plan.nodes, NodesBetween(program, segment.from, segment.to));

  std::vector<bool> live(program.values.size(), false);
  for (const ValueId output : plan.outputs) {
    live[output] = true;
  }
  plan.freed.resize(plan.nodes.size());
  for (size_t i = plan.nodes.size(); i > 0; --i) {
    const Node& node = program.nodes[plan.nodes[i - 1]];
    std::vector<ValueId> touched = Program::Reads(node);
    touched.insert(touched.end(), node.outputs.begin(), node.outputs.end());
    for (const ValueId value : touched) {
      if (value != kNone && !live[value]) {
        live[value] = true;
        plan.freed[i - 1].push_back(value);
      }
    }
  }
  return plan;
}

absl::StatusOr<std::shared_ptr<const SegmentPlan>> PlanCache::Get(const Program& program,
                                                                  const Segment& segment) {
  const auto found = std::ranges::find_if(plans_, [&](const auto& plan) {
    return plan->inputs == segment.from.values && plan->outputs == segment.to.values;
  });
  if (found != plans_.end()) {
    plans_.splice(plans_.begin(), plans_, found);
    return plans_.front();
  }
  ASSIGN_OR_RETURN(SegmentPlan plan, PlanSegment(program, segment));
  plans_.push_front(std::make_shared<const SegmentPlan>(std::move(plan)));
  if (plans_.size() > capacity_) {
    plans_.pop_back();
  }
  return plans_.front();
}

}  // namespace tideline
