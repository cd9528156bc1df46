#include "edge/status/status_json.h"

#include <cmath>
#include <utility>

#include <nlohmann/json.hpp>

#include "common/telemetry/figures.h"

namespace tideline {
namespace {

using Json = nlohmann::ordered_json;

constexpr double kNsPerMs = 1e6;

Json OrNull(const std::string& text) { return text.empty() ? Json(nullptr) : Json(text); }

template <typename T>
Json OrNull(const std::optional<T>& value) {
  return value ? Json(*value) : Json(nullptr);
}

Json MillisecondsOrNull(const std::optional<absl::Duration>& duration) {
  return duration ? Json(Milliseconds(*duration)) : Json(nullptr);
}

std::string PathName(Path path) {
  return std::string(EnumNames(Path{}).at(static_cast<size_t>(path)));
}

Json ToJson(const std::optional<Spread>& spread, double unit) {
  if (!spread) {
    return {{"low", nullptr}, {"median", nullptr}, {"high", nullptr}};
  }
  const auto rounded = [&](double value) { return std::round(1000 * value / unit) / 1000; };
  return {{"low", rounded(spread->low)},
          {"median", rounded(spread->median)},
          {"high", rounded(spread->high)}};
}

Json ToJson(const Health& health) {
  return {{"live", health.live},
          {"ready", health.ready},
          {"degraded", health.degraded},
          {"reasons", health.reasons}};
}

Json CutJson(const EdgeFacts& facts, const BoardState& state) {
  Json json = {{"now", nullptr}, {"codec", nullptr},  {"mode", facts.mode},
               {"since_s", 0.0}, {"reason", nullptr}, {"before", state.before}};
  if (state.cut) {
    json["now"] = state.cut->cut;
    json["codec"] = OrNull(state.cut->codec);
    json["since_s"] = Seconds(state.cut_since);
    json["reason"] = OrNull(state.cut->reason);
  }
  return json;
}

Json LinkJson(const EdgeFacts::Link& link) {
  return {{"state", link.state},
          {"cloud", OrNull(link.cloud)},
          {"reason", link.reason},
          {"known", link.known},
          {"uplink_bps", ToJson(link.uplink, /*unit=*/1)},
          {"rtt_ms", ToJson(link.rtt, kNsPerMs)},
          {"queue_ms", Milliseconds(link.queue)}};
}

Json ToJson(const EdgeFacts::Cloud& cloud) {
  return {{"address", cloud.address},
          {"state", cloud.state},
          {"canaries", cloud.canaries},
          {"canaries_wrong", cloud.canaries_wrong},
          {"wrong_in_a_row", cloud.wrong_in_a_row},
          {"barred", cloud.barred}};
}

// Means of the latest seconds, and percentiles of the total; null where nothing was answered.
Json TimesJson(const std::optional<TimesSummary<7>>& times) {
  constexpr const char* kNames[] = {"total", "head", "encode", "link", "queue", "decode", "tail"};
  Json json;
  for (size_t i = 0; i < std::size(kNames); ++i) {
    json[kNames[i]] = times ? Json(Milliseconds(times->mean[i])) : Json(nullptr);
  }
  json["p50"] = times ? Json(Milliseconds(times->p50)) : Json(nullptr);
  json["p95"] = times ? Json(Milliseconds(times->p95)) : Json(nullptr);
  json["p99"] = times ? Json(Milliseconds(times->p99)) : Json(nullptr);
  return json;
}

Json PathsJson(const BoardState& state) {
  Json json;
  for (size_t i = 0; i < state.paths.size(); ++i) {
    json[PathName(static_cast<Path>(i))] = state.paths[i];
  }
  return json;
}

Json ToJson(const RequestRow& row) {
  const Latency& latency = row.latency;
  return {{"at", Timestamp(row.time)},
          {"seq", row.seq},
          {"id", row.id},
          {"path", PathName(row.path)},
          {"cut", OrNull(row.cut)},
          {"codec", OrNull(row.codec)},
          {"cloud", OrNull(row.cloud)},
          {"label", row.score ? Json(row.label) : Json(nullptr)},
          {"score", OrNull(row.score)},
          {"bytes_up", row.bytes_up},
          {"latency_ms",
           {{"total", Milliseconds(latency.total)},
            {"head", Milliseconds(latency.head)},
            {"encode", Milliseconds(latency.encode)},
            {"link", Milliseconds(latency.link)},
            {"queue", Milliseconds(latency.queue)},
            {"decode", Milliseconds(latency.decode)},
            {"tail", Milliseconds(latency.tail)}}},
          {"deadline_met", OrNull(row.deadline_met)},
          {"error", OrNull(row.error)}};
}

Json ToJson(const CutRow& row) {
  return {{"at", Timestamp(row.time)},
          {"cut", OrNull(row.cut)},
          {"codec", OrNull(row.codec)},
          {"reason", row.reason},
          {"expected_ms", MillisecondsOrNull(row.expected)},
          {"uplink_bps", OrNull(row.uplink_bits_per_second)},
          {"rtt_ms", MillisecondsOrNull(row.round_trip)}};
}

Json ToJson(const ErrorRow& row) { return {{"at", Timestamp(row.time)}, {"text", row.text}}; }

template <typename T>
Json ToJson(const std::vector<T>& rows) {
  Json json = Json::array();
  for (const T& row : rows) {
    json.push_back(ToJson(row));
  }
  return json;
}

Json ImageJson(const std::optional<ShownImage>& image) {
  if (!image) {
    return nullptr;
  }
  return {{"seq", image->seq},
          {"label", image->score ? Json(image->label) : Json(nullptr)},
          {"score", OrNull(image->score)}};
}

Json LosingJson(const LosingFacts& losing) {
  return {{"late_answers", losing.late_answers}, {"finishes", losing.finishes},
          {"seconds", Seconds(losing.time)},     {"bytes_up", losing.bytes_up},
          {"joules", OrNull(losing.joules)},     {"radio_joules", OrNull(losing.radio_joules)}};
}

void AddFacts(const EdgeFacts& facts, const BoardState& state, Json* json) {
  const EdgeFacts::Model& model = facts.model;
  (*json)["model"] = {{"name", model.name},
                      {"version", model.version},
                      {"engine", OrNull(model.engine)},
                      {"precision", OrNull(model.precision)},
                      {"fallback", OrNull(model.fallback)}};
  (*json)["cut"] = CutJson(facts, state);
  (*json)["targets"] = {{"objective", facts.targets.objective},
                        {"deadline_ms", MillisecondsOrNull(facts.targets.deadline)},
                        {"tail", facts.targets.tail}};
  (*json)["adapt"] = {{"enabled", facts.adapt.enabled},
                      {"paused", facts.adapt.paused},
                      {"changes", facts.adapt.changes}};
  (*json)["link"] = LinkJson(facts.link);
  (*json)["clouds"] = ToJson(facts.clouds);
  (*json)["shaping"] = {{"available", facts.shaping.available},
                        {"uplink_bps", OrNull(facts.shaping.bits_per_second)}};
}

}  // namespace

std::string StatusJson(const EdgeFacts& facts, const BoardState& state) {
  Json json = {{"role", "edge"},
               {"id", facts.id},
               {"version", facts.version},
               {"uptime_s", Seconds(state.uptime)},
               {"time", Timestamp(state.time)},
               {"health", ToJson(facts.health)}};
  AddFacts(facts, state, &json);
  json["latency_ms"] = TimesJson(state.times);
  json["throughput_per_s"] = std::round(100 * state.per_second) / 100;
  json["in_flight"] = facts.in_flight;
  json["source"] = {{"name", facts.source.name},
                    {"kind", facts.source.kind},
                    {"dropped", OrNull(facts.source.dropped)}};
  json["paths"] = PathsJson(state);
  json["bytes"] = {{"up", state.bytes_up},
                   {"raw", state.bytes_raw},
                   {"jpeg", state.all_files ? Json(state.bytes_files) : Json(nullptr)}};
  json["energy"] = {{"joules", OrNull(facts.energy.joules)}, {"source", facts.energy.source}};
  json["losing_work"] = LosingJson(facts.losing);
  json["errors"] = {{"total", state.errors_total}, {"last", ToJson(state.errors)}};
  json["requests"] = ToJson(state.requests);
  json["decisions"] = ToJson(state.cuts);
  json["last_image"] = ImageJson(state.image);
  return json.dump(/*indent=*/-1, /*indent_char=*/' ', /*ensure_ascii=*/false,
                   Json::error_handler_t::replace);
}

}  // namespace tideline
