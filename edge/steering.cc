#include "edge/steering.h"

#include <algorithm>
#include <set>
#include <string>
#include <utility>

#include "common/model/served_model.h"

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
    if (!cut.is_edge() && is_ready && frontier.ok() &&
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

}  // namespace

absl::StatusOr<std::shared_ptr<const Steering>> Steering::Make(const PlanInputs& inputs,
                                                               const Partition& partition,
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
  auto shared = std::make_shared<const CandidateSet>(std::move(set));
  ASSIGN_OR_RETURN(Planner planner, Planner::Make(shared, TargetsOf(partition)));
  ASSIGN_OR_RETURN(std::vector<Way> ways, WaysOf(*shared, *inputs.model.frontiers));
  return std::make_shared<const Steering>(std::make_shared<const Planner>(std::move(planner)),
                                          std::move(ways));
}

}  // namespace tideline
