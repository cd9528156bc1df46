#pragma once

#include <map>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "common/base/status.h"
#include "common/engine/engine.h"
#include "common/model/served_model.h"
#include "edge/steering.h"
#include "partitioner/planner/partition_file.h"
#include "partitioner/policy/rate_control.h"
#include "protocol/codec/codec_spec.h"
#include "protocol/codec/parameters.h"
#include "protocol/messages.h"

namespace tideline {

// What people set while the edge runs. It goes over what the partition file says.
struct Overrides {
  struct Pin {
    std::string cut;
    std::optional<std::string> codec;  // nullopt: the partition file's
  };
  std::optional<Pin> pin;
  std::optional<absl::Duration> deadline;  // infinite: none
  std::optional<TailMode> tail;
};

// What is in force: a partition file and all that it names, loaded and checked. Immutable; a reload
// makes a new one, and requests keep the one they began with.
struct Deployment {
  Partition partition;
  std::shared_ptr<const ServedModel> model;
  std::shared_ptr<const ServedModel> fallback;  // set where the whole of `model` does not fit here
  // Of every request, but where `steering` (cut: auto) chooses both for each, or `rate` (codec:
  // auto at a fixed cut) the codec.
  Way way;
  std::optional<RateControl> rate;
  std::shared_ptr<const Steering> steering;
  std::shared_ptr<const ParameterStore> parameters;  // of `model`, for the codecs
  bool pinned = false;                               // somebody has set the cut

  // The model that finishes a request on the edge.
  const ServedModel& local() const { return fallback ? *fallback : *model; }
  // Whether a request leaves for the cloud while it can.
  bool uses_cloud() const { return steering != nullptr || way.uses_cloud(); }
  // What requests may take.
  std::vector<Way> Ways() const;
  // "features.3" or "auto".
  std::string CutText() const { return steering != nullptr ? "auto" : way.cut.name; }
  // "int8", or "auto" and the codecs that it chooses among.
  std::string CodecText() const;
  // With the ids of the parameters that the codecs would use.
  wire::ModelIdentity identity() const;
  // What this device draws while it computes, where its profile says so.
  std::optional<double> ComputeWatts() const;
  // And what its radio draws while it sends: no less than what it draws idle.
  std::optional<double> RadioWatts() const;
  // What is calibrated for a value of the way's cut; nullptr where nothing is.
  const StoredParameters* CalibratedFor(size_t value, const Way& way) const;
};

// Has head, local finish and whole compiled where the engine compiles, so that no request waits for
// it. Blocks; requests go on meanwhile. Thread-safe. Errors: those of PreparedModel::MakeReady.
absl::Status MakeReady(const Deployment& deployment);

// Makes deployments; keeps the models it has loaded, so that a change of cut or codec takes
// microseconds. Thread-compatible.
class DeploymentLoader {
 public:
  DeploymentLoader(std::string model_repository, EngineOptions options)
      : repository_(std::move(model_repository)), options_(std::move(options)) {}

  // Reads the partition file at `path` and all it names, with `overrides` in place of what it says.
  // Blocks while models load. All or nothing.
  // Errors name the file and, where a key is wrong, its line; InvalidArgument also where neither
  // the whole network nor a fallback fits limits.edge_memory.
  absl::StatusOr<std::shared_ptr<const Deployment>> Load(const std::string& path,
                                                         const Overrides& overrides = {});

 private:
  // With the frontiers that its engine was asked to keep ready.
  struct Loaded {
    std::vector<std::string> ready;
    std::shared_ptr<const ServedModel> model;
  };

  absl::StatusOr<std::shared_ptr<const ServedModel>> Model(const ModelFiles& files,
                                                           const std::string& engine,
                                                           const std::vector<std::string>& ready);
  absl::StatusOr<std::shared_ptr<const ServedModel>> Fallback(const Partition& partition);
  static absl::StatusOr<std::vector<std::string>> Ready(const ModelFiles& files,
                                                        const LoadedConfig<Partition>& file);
  absl::Status ChooseWay(const Origins& origins, Deployment* deployment);
  absl::Status ChooseLocal(const Origins& origins, Deployment* deployment);
  static absl::Status CheckHead(const Origins& origins, const Deployment& deployment);
  static absl::Status CheckPrivacy(const Origins& origins, const Deployment& deployment);
  static absl::Status ChooseCodec(const Origins& origins, Deployment* deployment);
  static std::string EngineName(const Partition& partition);

  std::string repository_;
  EngineOptions options_;
  std::map<std::string, Loaded> loaded_;  // by path and engine
};

}  // namespace tideline
