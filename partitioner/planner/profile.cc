#include "partitioner/planner/profile.h"

#include <set>
#include <utility>

#include "partitioner/planner/json_object.h"

namespace tideline {
namespace {

constexpr char kFormat[] = "tideline-profile";
constexpr double kMaxWatts = 1e5;
constexpr int64_t kMaxBytes = int64_t{1} << 50;
constexpr int kMaxThreads = 4096;
constexpr int64_t kMaxRounds = 1'000'000'000;
constexpr size_t kMaxEngines = 64;
constexpr JsonLimits kLimits{.bytes = kMaxProfileBytes, .values = 2'000'000};

// [median, low, high], all above 0 but for what costs nothing at all.
Estimate ReadEstimate(JsonObject& object, const char* key, bool may_be_zero) {
  std::vector<double> numbers;
  object.ForEach(key, 3, [&](const Json& json) {
    numbers.push_back(json.is_number() ? json.get<double>() : -1);
  });
  if (!object.ok() || numbers.size() != 3) {
    object.Fail(DataLoss("'{}' is not [median, low, high]", key));
    return {};
  }
  const Estimate estimate{numbers[0], numbers[1], numbers[2]};
  const bool positive = may_be_zero ? estimate.low >= 0 : estimate.low > 0;
  if (!(positive && estimate.low <= estimate.median && estimate.median <= estimate.high &&
        estimate.high <= kMaxProfileNs)) {
    object.Fail(InvalidArgument(
        "'{}' is [{}, {}, {}] ns: a median inside its interval, {} 0 and "
        "at most an hour, is a measurement",
        key, numbers[0], numbers[1], numbers[2], may_be_zero ? "not below" : "above"));
  }
  return estimate;
}

std::optional<double> ReadWatts(JsonObject& object, const char* key) {
  return object.Has(key) ? std::optional(object.Number(key, 0, kMaxWatts)) : std::nullopt;
}

CutTime ReadCut(JsonObject object) {
  CutTime cut;
  cut.cut = object.Text("cut");
  cut.head_ns = ReadEstimate(object, "head_ns", /*may_be_zero=*/false);
  cut.tail_ns = ReadEstimate(object, "tail_ns", /*may_be_zero=*/false);
  if (object.Has("memory_bytes")) {
    cut.memory_bytes = object.Integer("memory_bytes", 0, kMaxBytes);
  }
  return cut;
}

EngineProfile ReadEngine(JsonObject object, const std::string& place, absl::Status& status) {
  EngineProfile engine;
  engine.engine = object.Text("engine");
  engine.precision = object.Text("precision");
  engine.threads = static_cast<int>(object.Integer("threads", 1, kMaxThreads));
  engine.memory_bytes = object.Integer("memory_bytes", 0, kMaxBytes);
  engine.accuracy_drop = object.NumberOr("accuracy_drop", 0, 1);
  engine.watts = ReadWatts(object, "watts");
  engine.whole_ns = ReadEstimate(object, "whole_ns", /*may_be_zero=*/false);
  if (object.Has("quiet_rounds")) {
    engine.quiet_rounds = object.Integer("quiet_rounds", 0, kMaxRounds);
    engine.dropped_rounds = object.Integer("dropped_rounds", 0, kMaxRounds);
  }
  std::set<std::string> seen;
  object.ForEach("cuts", kMaxProfileRows, [&](const Json& json) {
    engine.cuts.push_back(ReadCut({json, fmt::format("{}.cuts[{}]", place, seen.size()), status}));
    if (status.ok() && !seen.insert(engine.cuts.back().cut).second) {
      object.Fail(InvalidArgument("cut '{}' is there twice", engine.cuts.back().cut));
    }
  });
  object.ForEach("groups_ns", kMaxProfileRows, [&](const Json& json) {
    const double ns = json.is_number() ? json.get<double>() : -1;
    if (!(ns >= 0 && ns <= kMaxProfileNs)) {
      object.Fail(InvalidArgument("groups_ns[{}] is no time", engine.groups_ns.size()));
    }
    engine.groups_ns.push_back(ns);
  });
  return engine;
}

CodecTime ReadCodec(JsonObject object) {
  CodecTime codec;
  codec.cut = object.Text("cut");
  codec.codec = object.Text("codec");
  codec.encode_ns = ReadEstimate(object, "encode_ns", /*may_be_zero=*/true);
  codec.decode_ns = ReadEstimate(object, "decode_ns", /*may_be_zero=*/true);
  return codec;
}

Profile::Model ReadModel(JsonObject object) {
  Profile::Model model;
  model.name = object.Text("name");
  model.sha256 = object.Text("sha256");
  model.frontier_rule = static_cast<int>(object.Integer("frontier_rule", 1, 1'000'000));
  model.frontiers = object.Text("frontiers");
  return model;
}

Power ReadPower(JsonObject object) {
  Power power;
  power.source = object.Text("source");
  power.compute_watts = ReadWatts(object, "compute_watts");
  power.radio_watts = ReadWatts(object, "radio_watts");
  power.idle_watts = ReadWatts(object, "idle_watts");
  return power;
}

InputTimes ReadInput(JsonObject object) {
  return {.read_ns = ReadEstimate(object, "read_ns", /*may_be_zero=*/true),
          .normalize_ns = ReadEstimate(object, "normalize_ns", /*may_be_zero=*/true)};
}

Profile ReadProfile(const Json& json, absl::Status& status) {
  JsonObject root(json, "", status);
  Profile profile;
  if (!root.Has("format") || root.Text("format") != kFormat) {
    root.Fail(DataLoss("'format' is not {}: this is no profile; make one with tideline profile",
                       kFormat));
  }
  if (const int64_t version = root.Integer("version", 0, 1'000'000); version != kProfileVersion) {
    root.Fail(Unimplemented("it has version {}, this release reads {}; run tideline profile again",
                            version, kProfileVersion));
  }
  profile.device = root.Text("device");
  profile.cpu = root.Text("cpu");
  profile.governor = root.Text("governor");
  if (root.Has("versions") && json["versions"].is_object()) {
    for (const auto& [name, version] : json["versions"].items()) {
      profile.versions[name] = version.is_string() ? version.get<std::string>() : version.dump();
    }
  }
  profile.model = ReadModel(root.Object("model"));
  profile.power = ReadPower(root.Object("power"));
  if (root.Has("input")) {
    profile.input = ReadInput(root.Object("input"));
  }
  root.ForEach("engines", kMaxEngines, [&](const Json& engine) {
    const std::string place = root.Place("engines", profile.engines.size());
    profile.engines.push_back(ReadEngine({engine, place, status}, place, status));
  });
  root.ForEach("codecs", kMaxProfileRows, [&](const Json& codec) {
    profile.codecs.push_back(
        ReadCodec({codec, root.Place("codecs", profile.codecs.size()), status}));
  });
  return profile;
}

Json ToJson(const Estimate& estimate) {
  return Json::array({estimate.median, estimate.low, estimate.high});
}

void SetIfKnown(Json& json, const char* key, const std::optional<double>& value) {
  if (value) {
    json[key] = *value;
  }
}

Json ToJson(const EngineProfile& engine) {
  Json json{{"engine", engine.engine},
            {"precision", engine.precision},
            {"threads", engine.threads},
            {"memory_bytes", engine.memory_bytes},
            {"accuracy_drop", engine.accuracy_drop},
            {"whole_ns", ToJson(engine.whole_ns)},
            {"quiet_rounds", engine.quiet_rounds},
            {"dropped_rounds", engine.dropped_rounds},
            {"cuts", Json::array()},
            {"groups_ns", engine.groups_ns}};
  SetIfKnown(json, "watts", engine.watts);
  for (const CutTime& cut : engine.cuts) {
    Json row{{"cut", cut.cut}, {"head_ns", ToJson(cut.head_ns)}, {"tail_ns", ToJson(cut.tail_ns)}};
    if (cut.memory_bytes) {
      row["memory_bytes"] = *cut.memory_bytes;
    }
    json["cuts"].push_back(std::move(row));
  }
  return json;
}

}  // namespace

std::string EngineProfile::Label() const {
  return fmt::format("{}/{}/{}", engine, precision, threads);
}

std::string EngineProfile::Name() const {
  if (precision == "f32") {
    return engine;
  }
  return engine + (engine.find(':') == std::string::npos ? ":" : "+") + precision;
}

absl::StatusOr<Profile> ParseProfile(std::string_view text, const std::string& filename) {
  return ReadDocument(text, kLimits, filename, ReadProfile);
}

std::string FormatProfile(const Profile& profile) {
  Json power{{"source", profile.power.source}};
  SetIfKnown(power, "compute_watts", profile.power.compute_watts);
  SetIfKnown(power, "radio_watts", profile.power.radio_watts);
  SetIfKnown(power, "idle_watts", profile.power.idle_watts);
  Json json{{"format", kFormat},
            {"version", kProfileVersion},
            {"device", profile.device},
            {"cpu", profile.cpu},
            {"governor", profile.governor},
            {"versions", profile.versions},
            {"model",
             {{"name", profile.model.name},
              {"sha256", profile.model.sha256},
              {"frontier_rule", profile.model.frontier_rule},
              {"frontiers", profile.model.frontiers}}},
            {"power", std::move(power)},
            {"input",
             {{"read_ns", ToJson(profile.input.read_ns)},
              {"normalize_ns", ToJson(profile.input.normalize_ns)}}},
            {"engines", Json::array()},
            {"codecs", Json::array()}};
  for (const EngineProfile& engine : profile.engines) {
    json["engines"].push_back(ToJson(engine));
  }
  for (const CodecTime& codec : profile.codecs) {
    json["codecs"].push_back({{"cut", codec.cut},
                              {"codec", codec.codec},
                              {"encode_ns", ToJson(codec.encode_ns)},
                              {"decode_ns", ToJson(codec.decode_ns)}});
  }
  return json.dump(/*indent=*/1) + "\n";
}

absl::Status CheckSameModel(const Profile& profile, const Profile::Model& model) {
  if (profile.model.sha256 != model.sha256) {
    return FailedPrecondition(
        "the profile of '{}' is of model {} (SHA-256 {:.12}…), the model here is {} ({:.12}…); run "
        "tideline profile on this model",
        profile.device, profile.model.name, profile.model.sha256, model.name, model.sha256);
  }
  if (profile.model.frontier_rule != model.frontier_rule ||
      profile.model.frontiers != model.frontiers) {
    return FailedPrecondition(
        "the profile of '{}' names cuts by rule {} (table {:.12}…), this release by rule {} "
        "({:.12}…); run tideline profile again",
        profile.device, profile.model.frontier_rule, profile.model.frontiers, model.frontier_rule,
        model.frontiers);
  }
  return absl::OkStatus();
}

}  // namespace tideline
