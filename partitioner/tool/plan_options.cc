#include "partitioner/tool/plan_options.h"

#include <algorithm>
#include <charconv>
#include <cmath>
#include <filesystem>
#include <utility>

#include "absl/strings/str_split.h"

#include "common/base/file.h"
#include "common/base/strings.h"
#include "common/config/value.h"
#include "protocol/codec/codec_spec.h"

namespace tideline {
namespace {

constexpr size_t kMaxLinkFile = size_t{1} << 20;
constexpr size_t kMaxPartitionFile = size_t{1} << 20;
constexpr double kMostFactor = 1e6;
constexpr double kBytesPerGigabyte = 1e9;
constexpr double kMostJoules = 1e6;

absl::StatusOr<double> ReadNumber(std::string_view text) {
  double number = 0;
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), number);
  if (error != std::errc() || end != text.data() + text.size() || !std::isfinite(number)) {
    return InvalidArgument("'{}' is no number", text);
  }
  return number;
}

// Sets `value` where the option was given.
template <typename T>
absl::Status Read(const char* option, const std::string& text, T& value) {
  return text.empty() ? absl::OkStatus() : Annotate(ParseValue(text, value), option);
}

// "0.5J", "120mJ"
absl::StatusOr<double> ReadJoules(std::string_view text) {
  double unit = 1;
  std::string_view number = text;
  if (text.ends_with("mJ")) {
    unit = 1e-3;
    number.remove_suffix(2);
  } else if (text.ends_with("J")) {
    number.remove_suffix(1);
  }
  const absl::StatusOr<double> joules = ReadNumber(number);
  if (number.size() == text.size() || !joules.ok() || !(*joules >= 0 && *joules <= kMostJoules)) {
    return InvalidArgument("--energy: '{}' is no energy: write 0.5J or 120mJ", text);
  }
  return *joules * unit;
}

// What a partition file calls "aten" is in float32; with an option it says its precision itself.
std::vector<std::string> EnginesCalled(const std::string& name) {
  return name.find(':') == std::string::npos ? std::vector{name + "/f32"} : std::vector{name};
}

absl::Status ReadPartitionFile(const PlanOptions& options, const std::string& model,
                               PlanRequest& request) {
  request.partition.model = model;
  request.partition.cut = "auto";
  request.partition.codec = "auto";
  if (options.partition.empty()) {
    return absl::OkStatus();
  }
  ASSIGN_OR_RETURN(const std::string text, ReadFile(options.partition, kMaxPartitionFile));
  ASSIGN_OR_RETURN(LoadedConfig<Partition> file, ParsePartition(text, options.partition));
  if (file.config.model != model) {
    return InvalidArgument("{}: is '{}', MODEL is '{}'", file.origins.Of("model"),
                           file.config.model, model);
  }
  request.partition = std::move(file.config);
  const Partition& partition = request.partition;
  if (partition.engine.edge != "auto") {
    request.candidates.edge_engines = EnginesCalled(partition.engine.edge);
  }
  if (!file.origins.Find("engine.cloud").empty()) {
    request.candidates.cloud_engines = EnginesCalled(partition.engine.cloud);
  }
  // Where the file fixes one of the two alone, the other is to choose.
  if (partition.cut != "auto" && partition.codec == "auto") {
    request.cut = partition.cut;
  }
  if (partition.cut == "auto" && partition.codec != "auto" && !file.origins.Find("codec").empty()) {
    request.candidates.codecs = {partition.codec};
  }
  return absl::OkStatus();
}

absl::Status ReadTargets(const PlanOptions& options, PlanRequest& request) {
  Partition& partition = request.partition;
  RETURN_IF_ERROR(Read("--objective", options.objective, partition.target.objective));
  RETURN_IF_ERROR(Read("--latency-p99", options.latency_p99, partition.target.latency_p99));
  RETURN_IF_ERROR(Read("--accuracy-drop", options.accuracy_drop, partition.target.accuracy_drop));
  RETURN_IF_ERROR(Read("--edge-memory", options.edge_memory, partition.limits.edge_memory));
  RETURN_IF_ERROR(Read("--uplink-cap", options.uplink_cap, partition.limits.uplink));
  RETURN_IF_ERROR(Read("--deadline", options.deadline, partition.target.deadline));
  RETURN_IF_ERROR(Read("--fallback", options.fallback, partition.fallback));
  partition.privacy.send_input = partition.privacy.send_input && !options.no_send_input;
  partition.privacy.min_depth = options.min_depth.value_or(partition.privacy.min_depth);

  Targets& targets = request.targets;
  targets = TargetsOf(partition);
  if (!options.energy.empty()) {
    ASSIGN_OR_RETURN(targets.energy_joules, ReadJoules(options.energy));
  }
  if (!options.leakage.empty()) {
    const absl::StatusOr<double> leakage = ReadNumber(options.leakage);
    if (!leakage.ok() || !(*leakage >= 0 && *leakage <= 1)) {
      return InvalidArgument("--leakage: '{}' is no similarity: write a number from 0 to 1",
                             options.leakage);
    }
    targets.leakage = *leakage;
  }
  if (!options.rate.empty()) {
    Frequency rate;
    RETURN_IF_ERROR(Read("--rate", options.rate, rate));
    targets.requests_per_second = rate.per_second;
  }
  Fraction within;
  RETURN_IF_ERROR(Read("--simpler-within", options.simpler_within, within));
  targets.simpler_within = within.value;
  request.prices = {options.price_second, options.price_gigabyte / kBytesPerGigabyte};
  if (targets.objective == Objective::kCost && options.price_second == 0 &&
      options.price_gigabyte == 0) {
    return InvalidArgument(
        "--objective cost: nothing has a price; give --price-second or --price-gigabyte");
  }
  return absl::OkStatus();
}

absl::StatusOr<Link> ReadLink(const std::string& name) {
  absl::StatusOr<Link> preset = LinkPreset(name);
  if (preset.ok()) {
    return preset;
  }
  if (!std::filesystem::exists(name)) {
    return Annotate(preset.status(), "--link, which is no file either");
  }
  ASSIGN_OR_RETURN(const std::string text, ReadFile(name, kMaxLinkFile));
  return ParseLink(text, name);
}

absl::StatusOr<Quantiles> Always(const char* option, double value) {
  absl::StatusOr<Quantiles> quantiles = Quantiles::Make({{.probability = 0.5, .value = value}});
  return quantiles.ok() ? quantiles : Annotate(quantiles.status(), option);
}

absl::Status ReadRate(const char* option, const std::string& text, Quantiles& quantiles) {
  if (text.empty()) {
    return absl::OkStatus();
  }
  BitRate rate;
  RETURN_IF_ERROR(Read(option, text, rate));
  ASSIGN_OR_RETURN(quantiles, Always(option, rate.bits_per_second));
  return absl::OkStatus();
}

absl::Status ReadConditions(const PlanOptions& options, PlanRequest& request) {
  ASSIGN_OR_RETURN(request.link, ReadLink(options.link));
  Link& link = request.link;
  const bool symmetric = link.up == link.down;
  RETURN_IF_ERROR(ReadRate("--uplink", options.uplink, link.up));
  if (symmetric) {
    link.down = link.up;
  }
  RETURN_IF_ERROR(ReadRate("--downlink", options.downlink, link.down));
  if (!options.rtt.empty()) {
    absl::Duration rtt;
    RETURN_IF_ERROR(Read("--rtt", options.rtt, rtt));
    ASSIGN_OR_RETURN(link.rtt, Always("--rtt", absl::ToDoubleNanoseconds(rtt)));
  }
  if (!options.uplink.empty() || !options.downlink.empty() || !options.rtt.empty()) {
    link.name += " (changed)";
  }
  absl::Duration queue;
  RETURN_IF_ERROR(Read("--queue", options.queue, queue));
  request.conditions.queue_ns = absl::ToDoubleNanoseconds(queue);
  request.conditions.idle = options.idle;
  return absl::OkStatus();
}

absl::Status ReadCandidates(const PlanOptions& options, CandidateOptions& candidates) {
  if (!options.edge_engines.empty()) {
    candidates.edge_engines = options.edge_engines;
  }
  if (!options.cloud_engines.empty()) {
    candidates.cloud_engines = options.cloud_engines;
  }
  std::vector<std::string> codecs = std::move(candidates.codecs);
  candidates.codecs.clear();
  if (!options.codecs.empty()) {
    codecs = options.codecs;
  }
  for (const std::string& text : codecs) {
    const absl::StatusOr<CodecSpec> codec = ParseCodecSpec(text);
    if (!codec.ok()) {
      return Annotate(codec.status(), "--codecs");
    }
    candidates.codecs.push_back(ToString(*codec));
  }
  return absl::OkStatus();
}

// "cloud.speed=2x", several with commas between
absl::StatusOr<WhatIf> ReadWhatIf(const std::string& text) {
  static const auto& levers =
      *new std::vector<std::pair<std::string, Lever>>{{"cloud.speed", Lever::kCloudSpeed},
                                                      {"edge.speed", Lever::kEdgeSpeed},
                                                      {"link.rate", Lever::kLinkRate}};
  WhatIf what_if{.text = text};
  for (const std::string& part : std::vector<std::string>(absl::StrSplit(text, ','))) {
    const size_t equals = std::min(part.find('='), part.size());
    const std::string name = part.substr(0, equals);
    const auto lever = std::ranges::find(levers, name, &std::pair<std::string, Lever>::first);
    if (lever == levers.end()) {
      const std::vector<std::string> names = {"cloud.speed", "edge.speed", "link.rate"};
      return InvalidArgument(
          "--what-if: '{}' cannot be changed{}; write cloud.speed, edge.speed or link.rate, as in "
          "cloud.speed=2x",
          name, DidYouMean(name, names));
    }
    std::string_view factor = std::string_view(part).substr(std::min(equals + 1, part.size()));
    if (factor.ends_with('x')) {
      factor.remove_suffix(1);
    }
    const absl::StatusOr<double> value = ReadNumber(factor);
    if (!value.ok() || !(*value >= 1 / kMostFactor && *value <= kMostFactor)) {
      return InvalidArgument("--what-if: '{}' has no factor above 0: write {}=2x", part, name);
    }
    what_if.moves.push_back({lever->second, *value});
  }
  return what_if;
}

// The unit of the upper end is that of a bare lower end.
std::string WithUnitOf(const std::string& from, const std::string& to) {
  const bool bare = !from.empty() && from.find_first_not_of("0123456789.") == std::string::npos;
  return bare ? from + to.substr(std::min(to.find_first_not_of("0123456789."), to.size())) : from;
}

// "bandwidth=0.1..100Mbps"
absl::Status ReadSweep(const std::string& text, ReportOptions& report) {
  constexpr std::string_view kName = "bandwidth=";
  const size_t dots = text.find("..");
  if (!text.starts_with(kName) || dots == std::string::npos) {
    return InvalidArgument("--sweep: '{}' is no range: write bandwidth=0.1..100Mbps", text);
  }
  const std::string to = text.substr(dots + 2);
  const std::string from = WithUnitOf(text.substr(kName.size(), dots - kName.size()), to);
  BitRate low;
  BitRate high;
  RETURN_IF_ERROR(Read("--sweep", from, low));
  RETURN_IF_ERROR(Read("--sweep", to, high));
  if (!(low.bits_per_second > 0 && low < high)) {
    return InvalidArgument("--sweep: from {} to {}: give a lower rate above 0 and a higher one",
                           Format(low), Format(high));
  }
  report.from = low;
  report.to = high;
  return absl::OkStatus();
}

}  // namespace

absl::StatusOr<PlanRequest> ReadPlanRequest(const PlanOptions& options, const std::string& model) {
  PlanRequest request;
  RETURN_IF_ERROR(ReadPartitionFile(options, model, request));
  RETURN_IF_ERROR(ReadTargets(options, request));
  RETURN_IF_ERROR(ReadConditions(options, request));
  RETURN_IF_ERROR(ReadCandidates(options, request.candidates));
  if (!options.cut.empty()) {
    request.cut = options.cut;
  }
  request.report.ranked = options.top;
  for (const std::string& text : options.what_ifs) {
    ASSIGN_OR_RETURN(WhatIf what_if, ReadWhatIf(text));
    request.report.what_ifs.push_back(std::move(what_if));
  }
  if (!options.sweep.empty()) {
    RETURN_IF_ERROR(ReadSweep(options.sweep, request.report));
  }
  return request;
}

}  // namespace tideline
