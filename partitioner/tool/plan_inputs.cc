#include "partitioner/tool/plan_inputs.h"

#include <algorithm>
#include <cmath>
#include <filesystem>
#include <set>

#include <fmt/ranges.h>

#include "common/base/checked.h"
#include "common/base/file.h"
#include "common/program/costs.h"
#include "common/program/load.h"
#include "partitioner/planner/segment_times.h"
#include "partitioner/tool/describe.h"
#include "partitioner/tool/profile_exchange.h"

namespace tideline {
namespace {

constexpr int64_t kReplyBytes = 4;  // per element: results travel as float32

absl::Status ReadCalibration(PlanInputs& inputs) {
  const std::string path = inputs.files.Path(kCalibrationFile);
  if (!std::filesystem::exists(path)) {
    inputs.calibration = Uncalibrated(inputs.network);
    return absl::OkStatus();
  }
  ASSIGN_OR_RETURN(const std::string text, ReadFile(path, kMaxCalibrationBytes));
  ASSIGN_OR_RETURN(inputs.calibrated, ParseCalibration(text, path));
  RETURN_IF_ERROR(Annotate(CheckSameModel(*inputs.calibrated, inputs.model), path));
  inputs.calibration = inputs.calibrated->calibration;
  return absl::OkStatus();
}

const InputInfo* ImageInput(const PlanInputs& inputs) {
  const std::optional<ModelInfo>& info = inputs.files.info;
  const bool image = info && info->inputs.size() == 1 && info->inputs[0].kind == InputKind::kImage;
  return image ? &info->inputs[0] : nullptr;
}

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

const EngineProfile* PlanInputs::Counted(const Profile& profile, const Network& network) {
  const auto found = std::ranges::find_if(profile.engines, [&](const EngineProfile& engine) {
    return engine.groups_ns.size() == static_cast<size_t>(network.groups);
  });
  return found == profile.engines.end() ? nullptr : &*found;
}

CandidateInputs PlanInputs::ForCandidates() const {
  CandidateInputs inputs{network, edge, cloud, calibration, model, std::nullopt, 0};
  if (const InputInfo* image = ImageInput(*this)) {
    inputs.raw_input_bytes = CheckedNumel(image->shape);
  }
  inputs.result_bytes = kReplyBytes * FrontierElements(*program, frontiers->edge());
  return inputs;
}

absl::StatusOr<PlanInputs> ReadPlanInputs(const std::string& model, const std::string& edge,
                                          const std::string& cloud, const ProfileSource& source) {
  PlanInputs inputs;
  ASSIGN_OR_RETURN(inputs.files, FindModel(model));
  ASSIGN_OR_RETURN(inputs.program, LoadProgram(inputs.files.program));
  inputs.frontiers = std::make_unique<FrontierTable>(*inputs.program);
  inputs.network = DescribeNetwork(*inputs.program, *inputs.frontiers);
  inputs.model = ModelOf(inputs.files, *inputs.program, *inputs.frontiers);
  const auto read = [&](const std::string& from) {
    return ReadOrFetchProfile(from, source, inputs.files, *inputs.program, *inputs.frontiers);
  };
  ASSIGN_OR_RETURN(inputs.edge, read(edge));
  ASSIGN_OR_RETURN(inputs.cloud, read(cloud));
  const EngineProfile* on_edge = PlanInputs::Counted(inputs.edge, inputs.network);
  const EngineProfile* on_cloud = PlanInputs::Counted(inputs.cloud, inputs.network);
  if (on_edge != nullptr && on_cloud != nullptr) {
    ASSIGN_OR_RETURN(const Dag times, GroupTimes(*on_edge, *on_cloud, inputs.network));
    RETURN_IF_ERROR(AddCheapestCuts(*inputs.frontiers, times, inputs.network).status());
  }
  RETURN_IF_ERROR(ReadCalibration(inputs));
  return inputs;
}

absl::StatusOr<std::optional<double>> FindGap(const PlanInputs& inputs, const Link& link) {
  const Network& network = inputs.network;
  const EngineProfile* on_edge = PlanInputs::Counted(inputs.edge, network);
  const EngineProfile* on_cloud = PlanInputs::Counted(inputs.cloud, network);
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
        ImageInput(inputs) == nullptr ? "" : " and JPEG of the input", inputs.files.directory));
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
  return {
      {"model", fmt::format("{}, SHA-256 {:.12}…", ModelTitle(inputs.files), inputs.model.sha256)},
      {"edge", DescribeProfile(inputs.edge)},
      {"cloud", DescribeProfile(inputs.cloud)},
      {"calibration", calibration},
      {"cuts",
       fmt::format("{}, {} of them of several values ({}{} exist)", network.cuts.size(), several,
                   network.all_counted ? "" : "more than ", network.several_exist)}};
}

}  // namespace tideline
