#pragma once

#include <memory>
#include <string>
#include <utility>
#include <vector>

#include "common/base/status.h"
#include "common/engine/engine.h"
#include "common/program/frontier.h"
#include "partitioner/inputs/plan_inputs.h"
#include "partitioner/planner/partition_file.h"
#include "partitioner/planner/planner.h"
#include "protocol/codec/codec_spec.h"

namespace tideline {

// How one request is answered: where the network is cut, and how the tensors travel.
struct Way {
  Frontier cut;
  CodecSpec codec;

  bool uses_cloud() const { return !cut.is_edge(); }
};

// What runs the network of a deployment here.
struct LocalEngine {
  EngineDescription engine;  // where it has only some frontiers ready, no other cut is chosen
  // Whether it may run all of the network. Where not, another model answers without a cloud, and
  // heads stay within limits.edge_memory.
  bool whole = true;
};

// What an edge whose cut is `auto` chooses among: the planner's candidates, and what each of them
// means here. Immutable, thread-safe.
class Steering {
 public:
  // Errors: those of MakeCandidates, Planner::Make; FailedPrecondition where a profile has not the
  // engine of its side or nothing can be chosen.
  static absl::StatusOr<std::shared_ptr<const Steering>> Make(const PlanInputs& inputs,
                                                              const Partition& partition,
                                                              const LocalEngine& local);

  // One way for each of the planner's candidates.
  Steering(std::shared_ptr<const Planner> planner, std::vector<Way> ways)
      : planner_(std::move(planner)), ways_(std::move(ways)) {}

  const std::shared_ptr<const Planner>& planner() const { return planner_; }
  const Way& way(int candidate) const { return ways_[candidate]; }
  // Every way that may be chosen.
  const std::vector<Way>& ways() const { return ways_; }

 private:
  std::shared_ptr<const Planner> planner_;
  std::vector<Way> ways_;  // by candidate
};

// The model with the profiles that the partition file names. Errors: InvalidArgument where it names
// none, those of ReadProfile and MakePlanInputs.
absl::StatusOr<PlanInputs> ReadPlanInputs(const Partition& partition, PlannedModel model);

// The frontiers that `engine`, which compiles, is best kept ready for here; none where it may
// choose by itself. Takes tenths of a second. Errors: those of ReadPlanInputs and Steering::Make.
absl::StatusOr<std::vector<std::string>> ChooseReady(const Partition& partition,
                                                     const PlannedModel& model,
                                                     const std::string& engine);

}  // namespace tideline
