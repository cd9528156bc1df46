#include "partitioner/report/json_report.h"

#include <utility>

#include <nlohmann/json.hpp>

#include "common/config/value.h"
#include "partitioner/planner/calibration.h"

namespace tideline {
namespace {

using Json = nlohmann::ordered_json;

constexpr double kNsPerMs = 1e6;

Json TextOrNull(const std::string& text) { return text.empty() ? Json(nullptr) : Json(text); }

Json ToJson(const PlanOption& option) {
  const Terms& terms = option.terms;
  Json json = {{"cut", option.cut},
               {"codec", TextOrNull(option.codec)},
               {"engine_edge", TextOrNull(option.edge_engine)},
               {"engine_cloud", TextOrNull(option.cloud_engine)}};
  const std::pair<const char*, double> times[] = {{"head_ms", terms.head_ns},
                                                  {"encode_ms", terms.encode_ns},
                                                  {"up_ms", terms.up_ns},
                                                  {"decode_ms", terms.decode_ns},
                                                  {"queue_ms", terms.queue_ns},
                                                  {"tail_ms", terms.tail_ns},
                                                  {"down_ms", terms.down_ns},
                                                  {"latency_ms", terms.latency_ns},
                                                  {"latency_low_ms", terms.latency_low_ns},
                                                  {"latency_high_ms", terms.latency_high_ns},
                                                  {"latency_percentile_ms", terms.percentile_ns},
                                                  {"period_ms", terms.period_ns}};
  for (const auto& [name, ns] : times) {
    json[name] = ns / kNsPerMs;
  }
  json["bytes_up"] = option.bytes_up;
  json["bytes_up_p95"] = option.bytes_up_high;
  json["memory_bytes"] = option.memory_bytes;
  json["energy_joules"] = option.energy_joules ? Json(*option.energy_joules) : Json(nullptr);
  json["accuracy_drop"] =
      option.accuracy_drop >= kUnknownDrop ? Json(nullptr) : Json(option.accuracy_drop);
  json["leakage"] = option.leakage;
  json["cost"] = terms.cost;
  json["violation"] = option.score.violation;
  json["why"] = TextOrNull(option.why);
  return json;
}

Json ToJson(const std::vector<PlanOption>& options) {
  Json list = Json::array();
  for (const PlanOption& option : options) {
    list.push_back(ToJson(option));
  }
  return list;
}

Json ToJson(const ConstraintReport& constraint) {
  return {{"name", constraint.check.name},
          {"value", constraint.check.value},
          {"limit", constraint.check.limit},
          {"met", constraint.check.met},
          {"text", constraint.check.text},
          {"without", constraint.without ? ToJson(*constraint.without) : Json(nullptr)},
          {"out_of_reach",
           constraint.out_of_reach ? Json(constraint.out_of_reach->text) : Json(nullptr)}};
}

}  // namespace

std::string FormatJson(const PlanReport& report) {
  Json json = {{"model", report.model},
               {"objective", FormatValue(report.objective)},
               {"latency_percentile", report.latency_percentile},
               {"met", report.met},
               {"best", ToJson(report.best())},
               {"ranked", ToJson(report.ranked)},
               {"settings_at_best_cut", ToJson(report.codecs)},
               {"constraints", Json::array()},
               {"next", Json::array()},
               {"sweep", Json::array()},
               {"what_if", Json::array()},
               {"candidates", report.candidates},
               {"front", ToJson(report.front)},
               {"inputs", Json::object()},
               {"warnings", report.warnings}};
  for (const ConstraintReport& constraint : report.constraints) {
    json["constraints"].push_back(ToJson(constraint));
  }
  for (const NextReport& next : report.next) {
    json["next"].push_back({{"when", next.when}, {"plan", ToJson(next.option)}});
  }
  for (const SweepReport::Stretch& stretch : report.sweep.stretches) {
    json["sweep"].push_back({{"from_bits_per_second", stretch.from.bits_per_second},
                             {"to_bits_per_second", stretch.to.bits_per_second},
                             {"plan", ToJson(stretch.option)}});
  }
  for (const WhatIfReport& what_if : report.what_ifs) {
    json["what_if"].push_back(
        {{"change", what_if.change}, {"now", ToJson(what_if.now)}, {"then", ToJson(what_if.then)}});
  }
  for (const auto& [name, value] : report.inputs) {
    json["inputs"][name] = value;
  }
  // Names come from files: whatever is no UTF-8 is replaced.
  return json.dump(/*indent=*/2, ' ', /*ensure_ascii=*/false, Json::error_handler_t::replace) +
         "\n";
}

}  // namespace tideline
