#pragma once

#include <cstddef>
#include <cstdint>
#include <vector>

#include "common/engine/aten/lowered.h"
#include "common/engine/plan.h"
#include "common/program/program.h"

// How a large batch runs through the first layers, whose images are large: a few inputs at a time,
// so that what one operator writes is still in the processor's cache when the next one reads it.
// Inside the module only.
namespace tideline::aten {

// Says nothing of the cut, so that head and tail compute what the whole computes. Immutable:
// thread-safe.
class BatchSlices {
 public:
  // For runs on so many threads. None where the device is not the processor.
  BatchSlices(const Lowered& lowered, int threads);

  // A stretch of a plan that runs with so many inputs at a time.
  struct Stage {
    size_t end = 0;      // place of the node behind its last one
    int64_t inputs = 0;  // at most
  };
  // `plan`, of the same program, with a batch of `batch`: its stages in order, each with more
  // inputs than the one before; the last one has the whole batch.
  std::vector<Stage> StagesOf(const SegmentPlan& plan, int64_t batch) const;

 private:
  struct Stretch {
    NodeId end;      // the node behind its last one
    int64_t inputs;  // a power of two
  };
  std::vector<Stretch> stretches_;  // as far as the results of one input do not depend on others
};

}  // namespace tideline::aten
