#include "edge/deployment.h"

#include <algorithm>
#include <set>
#include <utility>
#include <vector>

#include "common/base/file.h"
#include "common/engine/engines.h"
#include "partitioner/planner/calibration_file.h"

namespace tideline {
namespace {

constexpr size_t kMaxPartitionFile = size_t{1} << 20;
constexpr Fraction kAutoAccuracyDrop{0.01};  // where target.accuracy_drop is not written

// An error at the line of the partition file that `key` stands on.
absl::Status At(const Origins& origins, const char* key, const absl::Status& status) {
  return Annotate(absl::InvalidArgumentError(status.message()), origins.Of(key));
}

// What `tideline calibrate` wrote into the model's folder. Errors say what to do.
absl::StatusOr<Calibration> ReadCalibrationOf(const ModelFiles& files, const Program& program) {
  const std::string path = files.Path(kCalibrationFile);
  const absl::StatusOr<std::string> text = ReadFile(path, kMaxCalibrationBytes);
  if (absl::IsNotFound(text.status())) {
    return NotFound("model '{}' is not calibrated; run tideline calibrate, or write a codec",
                    files.name);
  }
  RETURN_IF_ERROR(text.status());
  ASSIGN_OR_RETURN(CalibrationFile file, ParseCalibration(*text, path));
  RETURN_IF_ERROR(CheckSameModel(file, {.name = files.name, .sha256 = ToHex(program.identity)}));
  return std::move(file.calibration);
}

absl::Status CheckCodec(const Deployment& deployment, const CodecSpec& codec) {
  if (!IsImage(codec)) {
    return absl::OkStatus();
  }
  if (!deployment.cut.is_input()) {
    return InvalidArgument("'{}' codes the input image; at cut '{}' choose fp32, bf16, int8, …",
                           ToString(codec), deployment.cut.name);
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

}  // namespace

wire::ModelIdentity Deployment::identity() const {
  wire::ModelIdentity identity{model->files.name, static_cast<uint32_t>(model->files.version),
                               model->program->identity, model->frontiers->hash()};
  std::set<uint64_t> ids;
  for (const CodecSpec& spec : Codecs()) {
    for (size_t value = 0; value < wire::kMaxTensors; ++value) {
      if (const StoredParameters* calibrated = CalibratedFor(value, spec)) {
        ids.insert(calibrated->id);
      }
    }
  }
  identity.parameters.assign(ids.begin(), ids.end());
  identity.parameters.resize(std::min(ids.size(), wire::kMaxParameterIds));
  return identity;
}

std::vector<CodecSpec> Deployment::Codecs() const {
  if (!rate) {
    return {codec};
  }
  std::vector<CodecSpec> codecs;
  for (const RateControl::Option& option : rate->options()) {
    codecs.push_back(option.codec);
  }
  return codecs;
}

std::string Deployment::CodecText() const {
  if (!rate) {
    return ToString(codec);
  }
  std::vector<std::string> names;
  for (const CodecSpec& spec : Codecs()) {
    names.push_back(ToString(spec));
  }
  return fmt::format("auto: {}", fmt::join(names, ", "));
}

const StoredParameters* Deployment::CalibratedFor(size_t value, const CodecSpec& spec) const {
  return spec.quantizer == Quantizer::kAffine
             ? parameters->Find(cut.name, static_cast<uint16_t>(value), spec.levels)
             : nullptr;
}

absl::StatusOr<std::shared_ptr<const ServedModel>> DeploymentLoader::Model(
    const std::string& name, const std::string& engine) {
  ASSIGN_OR_RETURN(const ModelFiles files, FindModelIn(repository_, name));
  std::shared_ptr<const ServedModel>& model = loaded_[files.directory + " " + engine];
  if (model == nullptr) {
    ASSIGN_OR_RETURN(model, LoadServedModel(files, engine, options_));
  }
  return model;
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
  if (deployment->cut.is_edge()) {
    return At(origins, "cut", Annotate(whole, "cut 'edge' runs the whole network here"));
  }
  if (const absl::Status head = CheckFits("the head", model, deployment->cut, limit); !head.ok()) {
    return At(origins, "cut", Annotate(head, "choose an earlier cut"));
  }
  absl::StatusOr<std::shared_ptr<const ServedModel>> fallback =
      Model(*partition.fallback, EngineName(partition));
  if (!fallback.ok()) {
    return At(origins, "fallback", fallback.status());
  }
  deployment->fallback = *std::move(fallback);
  const absl::Status fits =
      CheckFits("the whole", *deployment->fallback, deployment->fallback->frontiers->edge(), limit);
  return fits.ok() ? fits : At(origins, "fallback", fits);
}

absl::Status DeploymentLoader::ChooseCodec(const Origins& origins, Deployment* deployment) {
  const Partition& partition = deployment->partition;
  if (partition.codec != "auto") {
    absl::StatusOr<CodecSpec> codec = ParseCodecSpec(partition.codec);
    if (!codec.ok()) {
      return At(origins, "codec", codec.status());
    }
    deployment->codec = *codec;
  } else if (!deployment->cut.is_edge()) {
    const ModelFiles& files = deployment->model->files;
    absl::StatusOr<Calibration> calibration = ReadCalibrationOf(files, *deployment->model->program);
    if (!calibration.ok()) {
      return At(origins, "codec", Annotate(calibration.status(), "'auto'"));
    }
    const Fraction allowed = partition.target.accuracy_drop.value_or(kAutoAccuracyDrop);
    absl::StatusOr<RateControl> rate =
        RateControl::Make(*calibration, deployment->cut.name, allowed.value);
    if (!rate.ok()) {
      return At(origins, "codec", Annotate(rate.status(), "'auto'"));
    }
    deployment->rate = *std::move(rate);
  }
  for (const CodecSpec& codec : deployment->Codecs()) {
    if (const absl::Status status = CheckCodec(*deployment, codec); !status.ok()) {
      return At(origins, "codec", status);
    }
  }
  return absl::OkStatus();
}

std::string DeploymentLoader::EngineName(const Partition& partition) {
  return partition.engine.edge == "auto" ? DefaultEngine() : partition.engine.edge;
}

absl::StatusOr<std::shared_ptr<const Deployment>> DeploymentLoader::Load(const std::string& path) {
  ASSIGN_OR_RETURN(const std::string text, ReadFile(path, kMaxPartitionFile));
  ASSIGN_OR_RETURN(LoadedConfig<Partition> file, ParsePartition(text, path));
  const Origins& origins = file.origins;
  auto deployment = std::make_shared<Deployment>();
  deployment->partition = std::move(file.config);
  const Partition& partition = deployment->partition;
  if (partition.cut == "auto") {
    return At(origins, "cut",
              InvalidArgument("'auto': this release's edge chooses no cut by itself; write one, as "
                              "tideline plan finds it"));
  }

  absl::StatusOr<std::shared_ptr<const ServedModel>> model =
      Model(partition.model, EngineName(partition));
  if (!model.ok()) {
    return At(origins, "model", model.status());
  }
  deployment->model = *std::move(model);
  ASSIGN_OR_RETURN(deployment->parameters,
                   ParameterStore::Read(deployment->model->files.Path(kParameterFile)));
  absl::StatusOr<Frontier> cut = deployment->model->frontiers->Find(partition.cut);
  if (!cut.ok()) {
    return At(origins, "cut", cut.status());
  }
  deployment->cut = *std::move(cut);
  RETURN_IF_ERROR(ChooseCodec(origins, deployment.get()));
  RETURN_IF_ERROR(ChooseLocal(origins, deployment.get()));
  return deployment;
}

absl::Status MakeReady(const Deployment& deployment) {
  const ServedModel& model = *deployment.model;
  const Frontier& input = model.frontiers->input();
  const Frontier& edge = model.frontiers->edge();
  std::vector<Segment> segments;
  if (!deployment.fallback) {
    segments.push_back({input, edge});
  }
  if (!deployment.cut.is_input() && !deployment.cut.is_edge()) {
    segments.push_back({input, deployment.cut});
    if (!deployment.fallback) {
      segments.push_back({deployment.cut, edge});
    }
  }
  return Annotate(model.prepared->MakeReady(segments), "model '" + model.files.name + "'");
}

}  // namespace tideline
