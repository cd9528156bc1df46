#include "common/engine/aten/plan_run.h"

#include <algorithm>
#include <utility>

#include <ATen/ops/cat.h>

#include "common/engine/rows.h"

namespace tideline::aten {

void PlanRun::Run(int64_t batch, ValueTable& values) {
  RunStages(slices_.StagesOf(plan_, batch), batch, values);
}

void PlanRun::RunStages(Stages stages, int64_t batch, ValueTable& values) {
  const Stages before = stages.first(stages.size() - 1);
  if (!before.empty()) {
    RunInSlices(before, batch, values);
  }
  RunNodes(before.empty() ? 0 : before.back().end, stages.back().end, batch, values);
}

void PlanRun::RunInSlices(Stages stages, int64_t batch, ValueTable& values) {
  const int64_t most = stages.back().inputs;
  if (batch <= most) {
    RunStages(stages, batch, values);
    return;
  }
  std::vector<std::vector<at::Tensor>> made(values.size());  // by ValueId, a tensor per slice
  for (int64_t first = 0; first < batch; first += most) {
    const int64_t count = std::min(most, batch - first);
    ValueTable slice = SliceOf(values, first, count);
    RunStages(stages, count, slice);
    KeepMade(stages.back().end, slice, made);
  }
  for (size_t i = 0; i < stages.back().end; ++i) {
    FreeBehind(i, values);
  }
  for (size_t id = 0; id < made.size(); ++id) {
    if (!made[id].empty()) {
      values[id] = at::cat(made[id]);
    }
  }
}

ValueTable PlanRun::SliceOf(const ValueTable& values, int64_t first, int64_t count) const {
  ValueTable slice = values;
  for (const ValueId input : plan_.inputs) {
    if (!slice[input].isNone() && HasRowPerInput(lowered_.program.values[input])) {
      slice[input] = values[input].toTensor().narrow(/*dim=*/0, first, count);
    }
  }
  return slice;
}

void PlanRun::KeepMade(size_t end, ValueTable& slice,
                       std::vector<std::vector<at::Tensor>>& made) const {
  for (size_t i = 0; i < end; ++i) {
    for (const ValueId output : lowered_.program.nodes[plan_.nodes[i]].outputs) {
      if (output != kNone && !slice[output].isNone()) {
        made[output].push_back(std::move(slice[output]).toTensor());
      }
    }
  }
}

void PlanRun::FreeBehind(size_t place, ValueTable& values) const {
  for (const ValueId value : plan_.freed[place]) {
    values[value] = c10::IValue();
  }
}

void PlanRun::RunNodes(size_t begin, size_t end, int64_t batch, ValueTable& values) {
  for (size_t i = begin; i < end; ++i) {
    if (hooks_.stop.stop_requested()) {
      throw Stopped();
    }
    const NodeId node = plan_.nodes[i];
    current_ = &lowered_.program.nodes[node];
    operations_[node].Run(batch, values, stack_);
    FreeBehind(i, values);
    if (hooks_.done) {
      hooks_.done(i);
    }
  }
}

}  // namespace tideline::aten
