#include <algorithm>
#include <utility>
#include <vector>

#include "common/base/file.h"
#include "common/engine/engines.h"
#include "common/program/load.h"
#include "edge/deployment.h"
#include "partitioner/inputs/plan_inputs.h"

namespace tideline {
namespace {

PlannedModel PlannedModelOf(const ServedModel& model) {
  return {.files = model.files, .program = model.program, .frontiers = model.frontiers};
}

constexpr size_t kMaxPartitionFile = size_t{1} << 20;
constexpr Fraction kAutoAccuracyDrop{0.01};  // where target.accuracy_drop is not written

// An error at the line of the partition file that `key` stands on.
absl::Status At(const Origins& origins, const char* key, const absl::Status& status) {
  return Annotate(absl::InvalidArgumentError(status.message()), origins.Of(key));
}

// Errors say what to do.
absl::StatusOr<Calibration> ReadCalibrationOf(const ServedModel& model) {
  ASSIGN_OR_RETURN(std::optional<CalibrationFile> file, ReadCalibration(PlannedModelOf(model)));
  if (!file) {
    return NotFound("model '{}' is not calibrated; run tideline calibrate, or write a codec",
                    model.files.name);
  }
  return std::move(file->calibration);
}

absl::Status CheckCodec(const Deployment& deployment, const Way& way) {
  const CodecSpec& codec = way.codec;
  if (!IsImage(codec)) {
    return absl::OkStatus();
  }
  if (!way.cut.is_input()) {
    return InvalidArgument("'{}' codes the input image; at cut '{}' choose fp32, bf16, int8, …",
                           ToString(codec), way.cut.name);
  }
  if (deployment.model->info().inputs.front().kind != InputKind::kImage) {
    return InvalidArgument("'{}' is for images; the input of model '{}' is a tensor",
                           ToString(codec), deployment.partition.model);
  }
  return absl::OkStatus();
}

absl::Status CheckFits(const char* what, const ServedModel& model, const Frontier& to,
                       int64_t limit) {
  const int64_t needed = EstimateMemory(*model.program, {model.frontiers->input(), to});
  if (needed <= limit) {
    return absl::OkStatus();
  }
  return InvalidArgument("{} of model '{}' needs about {}, limits.edge_memory is {}", what,
                         model.files.name, Format(ByteCount{needed}), Format(ByteCount{limit}));
}

// What the engine would refuse, by the line that has it.
absl::Status CheckReady(const FrontierTable& frontiers, const std::vector<std::string>& ready) {
  for (const std::string& name : ready) {
    ASSIGN_OR_RETURN(const Frontier frontier, frontiers.Find(name));
    if (frontier.values.size() != 1) {
      return InvalidArgument("'{}' has {} values; write frontiers of one", name,
                             frontier.values.size());
    }
  }
  return absl::OkStatus();
}

// Puts what people set in the place of what the file says.
void Override(const Overrides& overrides, LoadedConfig<Partition>* file) {
  Partition& partition = file->config;
  if (overrides.pin) {
    partition.cut = overrides.pin->cut;
    partition.codec = overrides.pin->codec.value_or(partition.codec);
    file->origins.Set("cut", "pinned");
    file->origins.Set("codec", "pinned");
  }
  if (overrides.deadline) {
    partition.target.deadline = *overrides.deadline;
    if (*overrides.deadline == absl::InfiniteDuration()) {
      partition.target.deadline.reset();
    }
  }
  partition.target.tail = overrides.tail.value_or(partition.target.tail);
}

}  // namespace

absl::StatusOr<std::shared_ptr<const ServedModel>> DeploymentLoader::Model(
    const ModelFiles& files, const std::string& engine, const std::vector<std::string>& ready) {
  Loaded& loaded = loaded_[files.directory + " " + engine];
  if (loaded.model == nullptr || loaded.ready != ready) {
    EngineOptions options = options_;
    options.ready = ready;
    ASSIGN_OR_RETURN(loaded.model, LoadServedModel(files, engine, options));
    loaded.ready = ready;
  }
  return loaded.model;
}

// The frontiers that an engine which compiles is kept ready for: those that the file has, or that
// serve its plan; none where the engine chooses by itself.
absl::StatusOr<std::vector<std::string>> DeploymentLoader::Ready(
    const ModelFiles& files, const LoadedConfig<Partition>& file) {
  const Partition& partition = file.config;
  const std::string engine = EngineName(partition);
  const std::vector<std::string> written = partition.ReadyFrontiers();
  if (!Compiles(engine) || (written.empty() && partition.cut != "auto")) {
    return std::vector<std::string>();
  }
  PlannedModel model{.files = files};
  absl::StatusOr<std::shared_ptr<const Program>> program = LoadProgram(files.program);
  if (!program.ok()) {
    return At(file.origins, "model", program.status());
  }
  model.program = *std::move(program);
  model.frontiers = std::make_shared<const FrontierTable>(*model.program);
  if (!written.empty()) {
    const absl::Status status = CheckReady(*model.frontiers, written);
    return status.ok() ? absl::StatusOr<std::vector<std::string>>(written)
                       : At(file.origins, "ready", status);
  }
  absl::StatusOr<std::vector<std::string>> planned = ChooseReady(partition, model, engine);
  return planned.ok() ? planned : At(file.origins, "cut", planned.status());
}

absl::StatusOr<std::shared_ptr<const ServedModel>> DeploymentLoader::Fallback(
    const Partition& partition) {
  ASSIGN_OR_RETURN(const ModelFiles files, FindModelIn(repository_, *partition.fallback));
  return Model(files, EngineName(partition), /*ready=*/{});
}

// Decides what finishes a request here: the network itself, or the fallback where it does not fit.
absl::Status DeploymentLoader::ChooseLocal(const Origins& origins, Deployment* deployment) {
  const Partition& partition = deployment->partition;
  if (!partition.limits.edge_memory) {
    return absl::OkStatus();
  }
  const int64_t limit = partition.limits.edge_memory->count;
  const ServedModel& model = *deployment->model;
  const absl::Status whole = CheckFits("the whole", model, model.frontiers->edge(), limit);
  if (whole.ok()) {
    return absl::OkStatus();
  }
  if (!partition.fallback) {
    return At(origins, "limits.edge_memory",
              Annotate(whole, "name a smaller model as `fallback`, or raise the limit"));
  }
  if (partition.target.tail == TailMode::kRace) {
    return At(origins, "target.tail",
              Annotate(whole,
                       "race is against the time that this machine takes for all of it; write "
                       "deadline"));
  }
  absl::StatusOr<std::shared_ptr<const ServedModel>> fallback = Fallback(partition);
  if (!fallback.ok()) {
    return At(origins, "fallback", fallback.status());
  }
  deployment->fallback = *std::move(fallback);
  const absl::Status fits =
      CheckFits("the whole", *deployment->fallback, deployment->fallback->frontiers->edge(), limit);
  return fits.ok() ? fits : At(origins, "fallback", fits);
}

// Beside a fallback only a head runs here, and it has to fit.
absl::Status DeploymentLoader::CheckHead(const Origins& origins, const Deployment& deployment) {
  if (!deployment.fallback || deployment.steering != nullptr) {
    return absl::OkStatus();
  }
  const ServedModel& model = *deployment.model;
  const Frontier& cut = deployment.way.cut;
  const absl::Status head =
      CheckFits("the head", model, cut, deployment.partition.limits.edge_memory->count);
  if (head.ok()) {
    return head;
  }
  return At(origins, "cut",
            Annotate(head, cut.is_edge() ? "cut 'edge' runs the whole network here"
                                         : "choose an earlier cut"));
}

absl::Status DeploymentLoader::ChooseCodec(const Origins& origins, Deployment* deployment) {
  const Partition& partition = deployment->partition;
  if (partition.codec != "auto") {
    absl::StatusOr<CodecSpec> codec = ParseCodecSpec(partition.codec);
    if (!codec.ok()) {
      return At(origins, "codec", codec.status());
    }
    deployment->way.codec = *codec;
  } else if (deployment->way.uses_cloud()) {
    absl::StatusOr<Calibration> calibration = ReadCalibrationOf(*deployment->model);
    if (!calibration.ok()) {
      return At(origins, "codec", Annotate(calibration.status(), "'auto'"));
    }
    const Fraction allowed = partition.target.accuracy_drop.value_or(kAutoAccuracyDrop);
    absl::StatusOr<RateControl> rate =
        RateControl::Make(*calibration, deployment->way.cut.name, allowed.value);
    if (!rate.ok()) {
      return At(origins, "codec", Annotate(rate.status(), "'auto'"));
    }
    deployment->rate = *std::move(rate);
  }
  for (const Way& way : deployment->Ways()) {
    if (const absl::Status status = CheckCodec(*deployment, way); !status.ok()) {
      return At(origins, "codec", status);
    }
  }
  return absl::OkStatus();
}

// What a choice leaves out by itself, a cut that a person writes or pins has to keep to as well.
absl::Status DeploymentLoader::CheckPrivacy(const Origins& origins, const Deployment& deployment) {
  const Partition::Privacy& privacy = deployment.partition.privacy;
  const Frontier& cut = deployment.way.cut;
  if (cut.is_input() && !privacy.send_input) {
    return At(origins, "cut",
              FailedPrecondition("'input' sends the network's input, privacy.send_input is false; "
                                 "choose a later cut"));
  }
  const ServedModel& model = *deployment.model;
  const int depth = DepthOf(*model.program, *model.frontiers, cut);
  if (depth < privacy.min_depth) {
    return At(origins, "cut",
              FailedPrecondition("'{}' sends what comes from depth {}, privacy.min_depth is {}; "
                                 "choose a later cut",
                                 cut.name, depth, privacy.min_depth));
  }
  return absl::OkStatus();
}

absl::Status DeploymentLoader::ChooseWay(const Origins& origins, Deployment* deployment) {
  const ServedModel& model = *deployment->model;
  const Partition& partition = deployment->partition;
  if (partition.cut != "auto") {
    absl::StatusOr<Frontier> cut = model.frontiers->Find(partition.cut);
    if (!cut.ok()) {
      return At(origins, "cut", cut.status());
    }
    deployment->way.cut = *std::move(cut);
    RETURN_IF_ERROR(CheckPrivacy(origins, *deployment));
    return ChooseCodec(origins, deployment);
  }
  deployment->way.cut = model.frontiers->edge();
  const auto steering = [&]() -> absl::StatusOr<std::shared_ptr<const Steering>> {
    ASSIGN_OR_RETURN(const PlanInputs inputs, ReadPlanInputs(partition, PlannedModelOf(model)));
    return Steering::Make(
        inputs, partition,
        {.engine = model.prepared->Describe(), .whole = deployment->fallback == nullptr});
  }();
  if (!steering.ok()) {
    return At(origins, "cut", steering.status());
  }
  deployment->steering = *steering;
  return absl::OkStatus();
}

std::string DeploymentLoader::EngineName(const Partition& partition) {
  return partition.engine.edge == "auto" ? DefaultEngine() : partition.engine.edge;
}

absl::StatusOr<std::shared_ptr<const Deployment>> DeploymentLoader::Load(
    const std::string& path, const Overrides& overrides) {
  ASSIGN_OR_RETURN(const std::string text, ReadFile(path, kMaxPartitionFile));
  ASSIGN_OR_RETURN(LoadedConfig<Partition> file, ParsePartition(text, path));
  const Origins& origins = file.origins;
  absl::StatusOr<ModelFiles> files = FindModelIn(repository_, file.config.model);
  if (!files.ok()) {
    return At(origins, "model", files.status());
  }
  // What people set changes nothing here: a pin must not have the network compiled anew.
  ASSIGN_OR_RETURN(const std::vector<std::string> ready, Ready(*files, file));
  Override(overrides, &file);
  auto deployment = std::make_shared<Deployment>();
  deployment->partition = std::move(file.config);
  deployment->pinned = overrides.pin.has_value();
  const Partition& partition = deployment->partition;
  absl::StatusOr<std::shared_ptr<const ServedModel>> model =
      Model(*files, EngineName(partition), ready);
  if (!model.ok()) {
    return At(origins, "model", model.status());
  }
  deployment->model = *std::move(model);
  ASSIGN_OR_RETURN(deployment->parameters,
                   ParameterStore::Read(deployment->model->files.Path(kParameterFile)));
  RETURN_IF_ERROR(ChooseLocal(origins, deployment.get()));
  RETURN_IF_ERROR(ChooseWay(origins, deployment.get()));
  RETURN_IF_ERROR(CheckHead(origins, *deployment));
  return deployment;
}

}  // namespace tideline
