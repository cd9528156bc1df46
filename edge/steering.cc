#include "edge/steering.h"

#include <algorithm>
#include <set>
#include <string>
#include <utility>

#include "common/model/served_model.h"
#include "partitioner/planner/ready_cuts.h"

namespace tideline {
namespace {

// The name of an engine without its options, as EngineDescription has it: "openvino".
std::string BareName(const std::string& engine) {
  return engine.substr(0, engine.find_first_of(":+"));
}

// The cuts that the engine here can run a head for.
std::set<std::string> CutsFor(const PlanInputs& inputs, const Partition& partition,
                              const LocalEngine& local) {
  const std::vector<std::string>& ready = local.engine.ready;
  const FrontierTable& table = *inputs.model.frontiers;
  std::set<std::string> cuts;
  for (const NetworkCut& cut : inputs.network.cuts) {
    const bool is_ready = ready.empty() || std::ranges::find(ready, cut.name) != ready.end();
    const absl::StatusOr<Frontier> frontier = table.Find(cut.name);
    if (!cut.is_edge() && !cut.is_input() && is_ready && frontier.ok() &&
        (local.whole || EstimateMemory(*inputs.model.program, {table.input(), *frontier}) <=
                            partition.limits.edge_memory->count)) {
      cuts.insert(cut.name);
    }
  }
  return cuts;
}

CandidateOptions OptionsOf(const PlanInputs& inputs, const Partition& partition,
                           const LocalEngine& local) {
  const std::string engine = BareName(local.engine.engine);
  CandidateOptions options;
  options.edge_engines = {partition.engine.edge == "auto" ? engine : partition.engine.edge};
  options.cloud_engines = {partition.engine.cloud};
  options.whole = local.whole;
  if (!local.engine.ready.empty() || !local.whole) {
    const std::set<std::string> cuts = CutsFor(inputs, partition, local);
    for (const EngineProfile& one : inputs.profiles.edge.engines) {  // as a profile calls it
      options.ready[one.engine] = cuts;
    }
  }
  return options;
}

absl::StatusOr<std::vector<Way>> WaysOf(const CandidateSet& set, const FrontierTable& frontiers) {
  std::vector<Way> ways;
  for (const Candidate& candidate : set.candidates) {
    Way& way = ways.emplace_back();
    ASSIGN_OR_RETURN(way.cut, frontiers.Find(candidate.cut));
    if (candidate.uses_cloud()) {
      ASSIGN_OR_RETURN(way.codec, ParseCodecSpec(candidate.codec));
    }
  }
  return ways;
}

absl::StatusOr<Planner> MakePlanner(const PlanInputs& inputs, const Partition& partition,
                                    const LocalEngine& local) {
  CandidateOptions options = OptionsOf(inputs, partition, local);
  if (partition.codec != "auto") {
    ASSIGN_OR_RETURN(const CodecSpec codec, ParseCodecSpec(partition.codec));
    options.codecs = {ToString(codec)};
  }
  ASSIGN_OR_RETURN(CandidateSet set, MakeCandidates(inputs.ForCandidates(), options));
  if (set.candidates.empty()) {
    return FailedPrecondition(
        "the whole network does not fit limits.edge_memory, and neither does a head whose cut has "
        "one of the codecs; raise the limit, or allow more codecs");
  }
  return Planner::Make(std::make_shared<const CandidateSet>(std::move(set)), TargetsOf(partition));
}

}  // namespace

absl::StatusOr<std::shared_ptr<const Steering>> Steering::Make(const PlanInputs& inputs,
                                                               const Partition& partition,
                                                               const LocalEngine& local) {
  ASSIGN_OR_RETURN(Planner planner, MakePlanner(inputs, partition, local));
  ASSIGN_OR_RETURN(std::vector<Way> ways, WaysOf(planner.set(), *inputs.model.frontiers));
  return std::make_shared<const Steering>(std::make_shared<const Planner>(std::move(planner)),
                                          std::move(ways));
}

absl::StatusOr<PlanInputs> ReadPlanInputs(const Partition& partition, PlannedModel model) {
  if (partition.profiles.edge.empty() || partition.profiles.cloud.empty()) {
    return InvalidArgument(
        "'auto' goes by profiles.edge and profiles.cloud, which the partition file does not name; "
        "tideline profile writes them");
  }
  Profiles profiles;
  ASSIGN_OR_RETURN(profiles.edge, ReadProfile(partition.profiles.edge, model));
  ASSIGN_OR_RETURN(profiles.cloud, ReadProfile(partition.profiles.cloud, model));
  return MakePlanInputs(std::move(model), std::move(profiles));
}

absl::StatusOr<std::vector<std::string>> ChooseReady(const Partition& partition,
                                                     const PlannedModel& model,
                                                     const std::string& engine) {
  LocalEngine local{.engine = {.engine = engine}};
  for (const Frontier& frontier : model.frontiers->single()) {  // pieces end at one value
    local.engine.ready.push_back(frontier.name);
  }
  if (const std::optional<ByteCount>& limit = partition.limits.edge_memory) {
    const Segment whole{model.frontiers->input(), model.frontiers->edge()};
    local.whole = EstimateMemory(*model.program, whole) <= limit->count;
  }
  ASSIGN_OR_RETURN(const PlanInputs inputs, ReadPlanInputs(partition, model));
  ASSIGN_OR_RETURN(const Planner planner, MakePlanner(inputs, partition, local));
  return ChooseReadyCuts(planner, Partition::kMostReady);
}

}  // namespace tideline
