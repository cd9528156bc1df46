#pragma once

#include <cstddef>
#include <list>
#include <memory>
#include <utility>
#include <vector>

#include "common/base/status.h"
#include "common/engine/engine.h"

namespace tideline {

// How to run one segment: which nodes, and when each value may be freed.
struct SegmentPlan {
  std::vector<ValueId> inputs;
  std::vector<ValueId> outputs;  // may repeat a value, and may hold inputs and constants
  std::vector<NodeId> nodes;     // in order of execution
  // freed[i]: the values that no node after nodes[i] reads and that are no output of the segment.
  std::vector<std::vector<ValueId>> freed;
};

// Errors: InvalidArgument where segment.to cannot be computed from segment.from.
absl::StatusOr<SegmentPlan> PlanSegment(const Program& program, const Segment& segment);

// The plans used last, so that a cut that comes back costs a look-up. Thread-compatible; keeps no
// reference to the program.
class PlanCache {
 public:
  explicit PlanCache(size_t capacity = 64) : capacity_(capacity) {}

  // The plan for `segment`, made where it is not there. Errors as PlanSegment.
  absl::StatusOr<std::shared_ptr<const SegmentPlan>> Get(const Program& program,
                                                         const Segment& segment);

 private:
  const size_t capacity_;
  std::list<std::shared_ptr<const SegmentPlan>> plans_;  // most recent first
};

}  // namespace tideline
