#pragma once

#include <cstddef>
#include <cstdint>
#include <functional>
#include <span>
#include <stop_token>
#include <vector>

#include "common/engine/aten/batch_slices.h"
#include "common/engine/aten/lowered.h"
#include "common/engine/aten/operation.h"
#include "common/engine/plan.h"

namespace tideline::aten {

// Called after each node, with its place in the plan: once a slice where the batch is sliced.
using NodeDone = std::function<void(size_t)>;

struct RunHooks {
  NodeDone done = nullptr;  // may be empty
  std::stop_token stop = {};
};

// Thrown between two nodes once a stop was requested.
struct Stopped {};

// One run of a plan. Everything it is given must outlive it. Inside the module only.
// Thread-compatible.
class PlanRun {
 public:
  PlanRun(const Lowered& lowered, const std::vector<Operation>& operations,
          const BatchSlices& slices, const SegmentPlan& plan, const RunHooks& hooks)
      : lowered_(lowered), operations_(operations), slices_(slices), plan_(plan), hooks_(hooks) {}

  // `values` has the plan's inputs, for a batch of `batch`; it has the outputs afterwards. Throws
  // what LibTorch throws, and Stopped.
  void Run(int64_t batch, ValueTable& values);

  // What runs, for the error text; nullptr before the first node.
  const Node* current() const { return current_; }

 private:
  using Stages = std::span<const BatchSlices::Stage>;

  // The nodes of the stages: the last one with the whole of `batch`.
  void RunStages(Stages stages, int64_t batch, ValueTable& values);
  // The same with as many inputs at a time as the last stage takes.
  void RunInSlices(Stages stages, int64_t batch, ValueTable& values);
  // What the nodes up to place `end` read, for `count` inputs from `first` on.
  ValueTable SliceOf(const ValueTable& values, int64_t first, int64_t count) const;
  // Moves to `made` what the nodes up to place `end` left in `slice`.
  void KeepMade(size_t end, ValueTable& slice, std::vector<std::vector<at::Tensor>>& made) const;
  // What nobody needs behind the node at `place`.
  void FreeBehind(size_t place, ValueTable& values) const;
  // From place `begin` to before `end`; frees what nobody needs any more.
  void RunNodes(size_t begin, size_t end, int64_t batch, ValueTable& values);

  const Lowered& lowered_;
  const std::vector<Operation>& operations_;  // by NodeId
  const BatchSlices& slices_;
  const SegmentPlan& plan_;
  const RunHooks& hooks_;
  Stack stack_;
  const Node* current_ = nullptr;
};

}  // namespace tideline::aten
