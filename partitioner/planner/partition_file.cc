#include "partitioner/planner/partition_file.h"

#include <algorithm>

#include "protocol/codec/codec_spec.h"

namespace tideline {
namespace {

constexpr int kMaxDepth = 1'000'000;

absl::Status CheckCut(const std::string& cut) {
  if (cut.empty()) {
    return InvalidArgument(
        "'' is no cut; write auto, edge, input or a frontier's name as 'tideline inspect' lists "
        "them");
  }
  return absl::OkStatus();
}

absl::Status CheckReady(const std::vector<std::string>& ready) {
  if (ready.empty() || ready.size() > Partition::kMostReady) {
    return InvalidArgument("{} frontiers; write 1 to {} of them, or auto", ready.size(),
                           Partition::kMostReady);
  }
  for (size_t i = 0; i < ready.size(); ++i) {
    if (ready[i] == "auto" && ready.size() > 1) {
      return InvalidArgument("'auto' stands by itself; leave it out, or the others");
    }
    if (ready[i].empty() || ready[i] == "edge" || ready[i] == "input") {
      return InvalidArgument(
          "'{}' is no place to divide the network; write frontiers as 'tideline inspect' lists "
          "them",
          ready[i]);
    }
    if (std::find(ready.begin(), ready.begin() + i, ready[i]) != ready.begin() + i) {
      return InvalidArgument("'{}' is there twice; leave one out", ready[i]);
    }
  }
  return absl::OkStatus();
}

absl::Status CheckCodec(const std::string& codec) {
  return codec == "auto" ? absl::OkStatus() : ParseCodecSpec(codec).status();
}

bool CodesImages(const std::string& codec) {
  const absl::StatusOr<CodecSpec> spec = ParseCodecSpec(codec);
  return spec.ok() && (spec->quantizer == Quantizer::kRaw || spec->quantizer == Quantizer::kJpeg);
}

// What steers a choice is an error where there is none: it would not be kept.
absl::Status CheckSteered(const Partition& partition, const Origins& origins) {
  if (partition.IsPlanned()) {
    return absl::OkStatus();
  }
  for (const char* key : {"target.objective", "target.latency_p99", "target.accuracy_drop",
                          "limits.uplink", "target.tail", "adapt.enabled", "adapt.hysteresis"}) {
    if (!origins.Find(key).empty()) {
      return InvalidArgument(
          "{}: steers the choice of cut and codec, and both are fixed; write auto for one of them, "
          "or leave this out",
          origins.Of(key));
    }
  }
  return absl::OkStatus();
}

absl::Status CheckWhole(const Partition& partition, const Origins& origins) {
  RETURN_IF_ERROR(CheckSteered(partition, origins));
  if (partition.cut != "auto" && partition.target.tail == TailMode::kRace) {
    return InvalidArgument("{}: race needs an expectation of the cloud; write cut: auto",
                           origins.Of("target.tail"));
  }
  if (partition.cut == "input" && !partition.privacy.send_input) {
    return InvalidArgument("{}: 'input' sends the network's input, {} is false; choose a later cut",
                           origins.Of("cut"), origins.Of("privacy.send_input"));
  }
  if (partition.cut != "input" && partition.cut != "auto" && CodesImages(partition.codec)) {
    return InvalidArgument(
        "{}: '{}' codes the input image, the cut is '{}'; write fp32, fp16 or int8, or choose cut "
        "input",
        origins.Of("codec"), partition.codec, partition.cut);
  }
  if (partition.fallback == partition.model) {
    return InvalidArgument("{}: is the model itself; name a smaller one, or none",
                           origins.Of("fallback"));
  }
  return absl::OkStatus();
}

FieldList<Partition> MakeFields() {
  FieldList<Partition> list;
  list.Add("model", "name of the model in the repository", &Partition::model).Required();
  list.Add("cut", "where the network is divided: auto, edge, input or a frontier's name",
           &Partition::cut)
      .Required()
      .Check(CheckCut);
  list.Add("ready",
           "frontiers, at most six, for which an engine that compiles (openvino) is kept ready; "
           "auto: chosen by the plan with cut auto, else evenly by compute",
           &Partition::ready)
      .OrOne()
      .Check(CheckReady);
  list.Add("codec",
           "how the cut's tensors travel: fp32, fp16, bf16, int1 to int8 or q2 to q256, these with "
           "/LEVEL; at cut input also raw or jpeg:QUALITY; auto: chosen for each request",
           &Partition::codec)
      .Check(CheckCodec);
  list.Add("fallback", "smaller model that answers here where the whole one does not fit",
           &Partition::fallback);
  list.Add(
      "engine.edge",
      "engine of the head and of local finishes; auto: aten where it is installed, else openvino",
      &Partition::engine, &Partition::Engines::edge);
  list.Add("engine.cloud", "engine of the tail", &Partition::engine, &Partition::Engines::cloud);
  list.Add("target.objective",
           "what the planner makes least: latency, time per result, energy, cost",
           &Partition::target, &Partition::Target::objective);
  list.Add("target.deadline", "time within which an answer is due; none: when it comes",
           &Partition::target, &Partition::Target::deadline);
  list.Add("target.latency_p99", "99th percentile of the latency over the link's distribution",
           &Partition::target, &Partition::Target::latency_p99);
  list.Add("target.accuracy_drop", "accuracy that codec and precision may cost", &Partition::target,
           &Partition::Target::accuracy_drop);
  list.Add(
      "target.tail",
      "when a request is finished here although the cloud was asked: deadline, as late as that "
      "allows; race, as soon as the cloud may be slower than this machine alone",
      &Partition::target, &Partition::Target::tail);
  list.Add("limits.uplink", "rate above which nothing is sent; none: the link's",
           &Partition::limits, &Partition::Limits::uplink);
  list.Add("limits.edge_memory", "memory that the model may take here; none: all there is",
           &Partition::limits, &Partition::Limits::edge_memory);
  list.Add("privacy.send_input", "whether the network's input may leave this machine",
           &Partition::privacy, &Partition::Privacy::send_input);
  list.Add("privacy.min_depth", "groups of operators before the nearest value that is sent",
           &Partition::privacy, &Partition::Privacy::min_depth)
      .Between(0, kMaxDepth);
  list.Add("adapt.enabled",
           "with cut auto: choose for every request; false: the first choice stays",
           &Partition::adapt, &Partition::Adapt::enabled);
  list.Add("adapt.hysteresis", "what another choice must gain before it takes over",
           &Partition::adapt, &Partition::Adapt::hysteresis);
  list.Add("profiles.edge", "what tideline profile measured on this machine; for cut auto",
           &Partition::profiles, &Partition::ProfileFiles::edge)
      .Path();
  list.Add("profiles.cloud", "what tideline profile measured in the cloud; for cut auto",
           &Partition::profiles, &Partition::ProfileFiles::cloud)
      .Path();
  list.Check(CheckWhole);
  return list;
}

}  // namespace

const FieldList<Partition>& PartitionFields() {
  static const auto& list = *new FieldList<Partition>(MakeFields());
  return list;
}

absl::StatusOr<LoadedConfig<Partition>> ParsePartition(std::string_view text,
                                                       const std::string& filename) {
  Settings settings;
  settings.filename = filename;
  settings.text = text;
  return LoadConfig(PartitionFields(), settings);
}

Targets TargetsOf(const Partition& partition) {
  Targets targets;
  targets.objective = partition.target.objective;
  targets.latency = partition.target.latency_p99;
  if (partition.target.accuracy_drop) {
    targets.accuracy_drop = partition.target.accuracy_drop->value;
  }
  targets.edge_memory = partition.limits.edge_memory;
  targets.uplink = partition.limits.uplink;
  targets.send_input = partition.privacy.send_input;
  targets.min_depth = partition.privacy.min_depth;
  return targets;
}

}  // namespace tideline
