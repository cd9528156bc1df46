#include "partitioner/inputs/plan_inputs.h"

#include <algorithm>
#include <utility>

#include "common/base/checked.h"
#include "common/base/file.h"
#include "common/program/costs.h"
#include "partitioner/planner/segment_times.h"

namespace tideline {
namespace {

constexpr int64_t kReplyBytes = 4;  // per element: results travel as float32

}  // namespace

Profile::Model PlannedModel::identity() const {
  return {.name = files.name,
          .sha256 = ToHex(program->identity),
          .frontier_rule = kFrontierRule,
          .frontiers = ToHex(frontiers->hash())};
}

const EngineProfile* PlanInputs::Counted(const Profile& profile, const Network& network) {
  const auto found = std::ranges::find_if(profile.engines, [&](const EngineProfile& engine) {
    return engine.groups_ns.size() == static_cast<size_t>(network.groups);
  });
  return found == profile.engines.end() ? nullptr : &*found;
}

const InputInfo* PlanInputs::image_input() const {
  const std::optional<ModelInfo>& info = model.files.info;
  const bool image = info && info->inputs.size() == 1 && info->inputs[0].kind == InputKind::kImage;
  return image ? &info->inputs[0] : nullptr;
}

CandidateInputs PlanInputs::ForCandidates() const {
  CandidateInputs inputs{
      network, profiles.edge, profiles.cloud, calibration, model.identity(), std::nullopt, 0};
  if (const InputInfo* image = image_input()) {
    inputs.raw_input_bytes = CheckedNumel(image->shape);
  }
  inputs.result_bytes = kReplyBytes * FrontierElements(*model.program, model.frontiers->edge());
  return inputs;
}

absl::StatusOr<std::optional<CalibrationFile>> ReadCalibration(const PlannedModel& model) {
  const std::string path = model.files.Path(kCalibrationFile);
  const absl::StatusOr<std::string> text = ReadFile(path, kMaxCalibrationBytes);
  if (absl::IsNotFound(text.status())) {
    return std::nullopt;
  }
  RETURN_IF_ERROR(text.status());
  ASSIGN_OR_RETURN(CalibrationFile file, ParseCalibration(*text, path));
  RETURN_IF_ERROR(Annotate(CheckSameModel(file, model.identity()), path));
  return file;
}

absl::StatusOr<Profile> CheckedProfile(const std::string& text, const std::string& name,
                                       const PlannedModel& model) {
  ASSIGN_OR_RETURN(Profile profile, ParseProfile(text, name));
  RETURN_IF_ERROR(Annotate(CheckSameModel(profile, model.identity()), name));
  return profile;
}

absl::StatusOr<Profile> ReadProfile(const std::string& path, const PlannedModel& model) {
  ASSIGN_OR_RETURN(const std::string text, ReadFile(path, kMaxProfileBytes));
  return CheckedProfile(text, path, model);
}

absl::StatusOr<PlanInputs> MakePlanInputs(PlannedModel model, Profiles profiles) {
  PlanInputs inputs{.model = std::move(model), .profiles = std::move(profiles)};
  const FrontierTable& frontiers = *inputs.model.frontiers;
  inputs.network = DescribeNetwork(*inputs.model.program, frontiers);
  const EngineProfile* on_edge = PlanInputs::Counted(inputs.profiles.edge, inputs.network);
  const EngineProfile* on_cloud = PlanInputs::Counted(inputs.profiles.cloud, inputs.network);
  if (on_edge != nullptr && on_cloud != nullptr) {
    ASSIGN_OR_RETURN(const Dag times, GroupTimes(*on_edge, *on_cloud, inputs.network));
    RETURN_IF_ERROR(AddCheapestCuts(frontiers, times, inputs.network).status());
  }
  ASSIGN_OR_RETURN(inputs.calibrated, ReadCalibration(inputs.model));
  inputs.calibration =
      inputs.calibrated ? inputs.calibrated->calibration : Uncalibrated(inputs.network);
  return inputs;
}

}  // namespace tideline
