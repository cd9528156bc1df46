#include "edge/steering.h"

#include <string>
#include <utility>

namespace tideline {
namespace {

// The name of an engine without its options, as EngineDescription has it: "openvino".
std::string BareName(const std::string& engine) {
  return engine.substr(0, engine.find_first_of(":+"));
}

CandidateOptions OptionsOf(const Partition& partition, const EngineDescription& local) {
  CandidateOptions options;
  options.edge_engines = {partition.engine.edge == "auto" ? BareName(local.engine)
                                                          : partition.engine.edge};
  options.cloud_engines = {partition.engine.cloud};
  if (!local.ready.empty()) {
    options.ready[BareName(local.engine)] = {local.ready.begin(), local.ready.end()};
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
                                                               const EngineDescription& local) {
  CandidateOptions options = OptionsOf(partition, local);
  if (partition.codec != "auto") {
    ASSIGN_OR_RETURN(const CodecSpec codec, ParseCodecSpec(partition.codec));
    options.codecs = {ToString(codec)};
  }
  ASSIGN_OR_RETURN(CandidateSet set, MakeCandidates(inputs.ForCandidates(), options));
  auto shared = std::make_shared<const CandidateSet>(std::move(set));
  ASSIGN_OR_RETURN(Planner planner, Planner::Make(shared, TargetsOf(partition)));
  ASSIGN_OR_RETURN(std::vector<Way> ways, WaysOf(*shared, *inputs.model.frontiers));
  return std::make_shared<const Steering>(std::make_shared<const Planner>(std::move(planner)),
                                          std::move(ways));
}

}  // namespace tideline
