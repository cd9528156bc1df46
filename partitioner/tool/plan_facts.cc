#include "partitioner/tool/plan_facts.h"

#include <algorithm>
#include <cmath>
#include <set>

#include <fmt/ranges.h>

#include "partitioner/planner/segment_times.h"
#include "partitioner/tool/describe.h"
#include "partitioner/tool/profile_exchange.h"

namespace tideline {
namespace {

std::string DescribeProfile(const Profile& profile) {
  std::vector<std::string> engines;
  for (const EngineProfile& engine : profile.engines) {
    engines.push_back(fmt::format("{} {:.3g} ms", engine.Label(), engine.whole_ns.median * 1e-6));
  }
  return fmt::format("{}: {}, governor {}, power {}; whole network: {}", profile.device,
                     profile.cpu, profile.governor, profile.power.source, fmt::join(engines, ", "));
}

// Cuts of the network that `records` has rows for.
size_t CutsCovered(const Network& network, const std::vector<CodecRecord>& records) {
  std::set<std::string> named;
  for (const CodecRecord& record : records) {
    named.insert(record.cut);
  }
  return std::ranges::count_if(network.cuts,
                               [&](const NetworkCut& cut) { return named.contains(cut.name); });
}

}  // namespace

absl::StatusOr<PlanInputs> ReadPlanInputs(const std::string& path, const ProfilePlaces& places,
                                          const ProfileSource& source) {
  ASSIGN_OR_RETURN(PlannedModel model, ReadPlannedModel(path));
  ASSIGN_OR_RETURN(Profile edge, ReadOrFetchProfile(places.edge, source, model));
  ASSIGN_OR_RETURN(Profile cloud, ReadOrFetchProfile(places.cloud, source, model));
  return MakePlanInputs(std::move(model), {.edge = std::move(edge), .cloud = std::move(cloud)});
}

absl::StatusOr<std::optional<double>> FindGap(const PlanInputs& inputs, const Link& link) {
  const Network& network = inputs.network;
  const EngineProfile* on_edge = PlanInputs::Counted(inputs.profiles.edge, network);
  const EngineProfile* on_cloud = PlanInputs::Counted(inputs.profiles.cloud, network);
  if (on_edge == nullptr || on_cloud == nullptr) {
    return std::nullopt;
  }
  ASSIGN_OR_RETURN(Dag costs, GroupTimes(*on_edge, *on_cloud, network));
  const Transfer transfer(link.up.median(), /*rtt_ns=*/0, link.tcp, /*idle=*/false);
  for (size_t i = 0; i < costs.values.size(); ++i) {
    const auto bytes = static_cast<double>(network.values[i].elements);
    costs.values[i].transfer_ns = std::llround(transfer.SendingNs(bytes));
  }
  return GapToAllCuts(network, costs);
}

std::vector<std::string> PlanWarnings(const PlanInputs& inputs) {
  std::vector<std::string> warnings;
  if (!inputs.calibrated) {
    warnings.push_back(fmt::format(
        "not calibrated: at each cut fp32, fp16 and int8 are planned as stored, of exactly so many "
        "bytes and no time; what fp16 and int8 cost in accuracy is unknown, and smaller codecs{} "
        "are left out. tideline calibrate {} --data FOLDER measures all of that",
        inputs.image_input() == nullptr ? "" : " and JPEG of the input",
        inputs.model.files.directory));
  }
  return warnings;
}

std::vector<std::pair<std::string, std::string>> DescribeInputs(const PlanInputs& inputs) {
  const Network& network = inputs.network;
  const size_t several = std::ranges::count_if(
      network.cuts, [](const NetworkCut& cut) { return cut.name.find('+') != std::string::npos; });
  std::string calibration = "none";
  if (inputs.calibrated) {
    calibration = fmt::format("{} rows, measured on {} inputs, for {} cuts; others as fp32, stored",
                              inputs.calibration.records.size(), inputs.calibrated->samples,
                              CutsCovered(network, inputs.calibration.records));
  }
  return {{"model", fmt::format("{}, SHA-256 {:.12}…", ModelTitle(inputs.model.files),
                                inputs.model.identity().sha256)},
          {"edge", DescribeProfile(inputs.profiles.edge)},
          {"cloud", DescribeProfile(inputs.profiles.cloud)},
          {"calibration", calibration},
          {"cuts",
           fmt::format("{}, {} of them of several values ({}{} exist)", network.cuts.size(),
                       several, network.all_counted ? "" : "more than ", network.several_exist)}};
}

}  // namespace tideline
