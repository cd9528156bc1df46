#include "cloud/status/status_json.h"

#include <algorithm>
#include <cmath>
#include <utility>

#include <nlohmann/json.hpp>

#include "common/telemetry/figures.h"

namespace tideline {
namespace {

using Json = nlohmann::ordered_json;

Json OrNull(const std::string& text) { return text.empty() ? Json(nullptr) : Json(text); }

double Rounded(double value) { return std::round(1000 * value) / 1000; }

Json ToJson(const Health& health) {
  return {{"live", health.live},
          {"ready", health.ready},
          {"degraded", health.degraded},
          {"reasons", health.reasons}};
}

Json ModelsJson(const CloudFacts& facts, const CloudBoard& board, MonotonicTime now) {
  Json json = Json::array();
  for (const CloudFacts::Model& model : facts.models) {
    const auto found = board.models().find(model.name);
    const bool ran = found != board.models().end();
    const auto times = ran ? found->second.tail.Summary(now) : std::nullopt;
    json.push_back({{"name", model.name},
                    {"version", model.version},
                    {"engine", OrNull(model.engine)},
                    {"ready", model.health.ready},
                    {"requests", ran ? found->second.requests : 0},
                    {"tail_ms", times ? Json(Milliseconds(times->mean[0])) : Json(nullptr)}});
  }
  return json;
}

Json ToJson(const CloudFacts::Edge& edge) {
  return {{"id", edge.id},
          {"user", edge.user},
          {"models", edge.models},
          {"cut", OrNull(edge.cut)},
          {"requests", edge.requests},
          {"per_s", Rounded(edge.per_second)},
          {"bytes_up", edge.bytes_up},
          {"last_seen_s", Seconds(edge.silent)},
          {"open", edge.open}};
}

Json EdgesJson(std::vector<CloudFacts::Edge> edges) {
  if (edges.size() > kShownEdges) {
    std::ranges::sort(edges, {}, &CloudFacts::Edge::silent);
    edges.resize(kShownEdges);
  }
  std::ranges::sort(edges, [](const CloudFacts::Edge& a, const CloudFacts::Edge& b) {
    return std::tie(a.id, a.user) < std::tie(b.id, b.user);
  });
  Json json = Json::array();
  for (const CloudFacts::Edge& edge : edges) {
    json.push_back(ToJson(edge));
  }
  return json;
}

Json WorkerJson(const CloudBoard& board) {
  const std::optional<TimesSummary<2>> times = board.times();
  return {{"busy", Rounded(board.busy())},
          {"served", board.served()},
          {"tail_ms",
           {{"p50", times ? Json(Milliseconds(times->p50)) : Json(nullptr)},
            {"p95", times ? Json(Milliseconds(times->p95)) : Json(nullptr)},
            {"p99", times ? Json(Milliseconds(times->p99)) : Json(nullptr)}}}};
}

Json RefusalsJson(const CloudBoard& board) {
  Json by_reason = Json::object();
  uint64_t total = 0;
  for (size_t i = 0; i < board.refusals().size(); ++i) {
    total += board.refusals()[i];
    if (board.refusals()[i] > 0) {
      by_reason[std::string(EnumNames(RefusalReason{}).at(i))] = board.refusals()[i];
    }
  }
  return {{"total", total}, {"by_reason", by_reason}};
}

}  // namespace

std::string StatusJson(const CloudFacts& facts, const CloudBoard& board) {
  const Json json = {{"role", "cloud"},
                     {"id", facts.id},
                     {"version", facts.version},
                     {"uptime_s", Seconds(board.uptime())},
                     {"time", Timestamp(facts.time)},
                     {"health", ToJson(facts.health)},
                     {"models", ModelsJson(facts, board, board.now())},
                     {"edges", EdgesJson(facts.edges)},
                     {"edges_total", facts.edges.size()},
                     {"http",
                      {{"requests", facts.http.requests},
                       {"per_s", Rounded(facts.http.per_second)},
                       {"bytes_up", facts.http.bytes_up},
                       {"open", facts.http.open}}},
                     {"queue",
                      {{"requests", facts.queue_requests},
                       {"bytes", facts.queue_bytes},
                       {"expected_wait_ms", Milliseconds(facts.expected_wait)}}},
                     {"worker", WorkerJson(board)},
                     {"refusals", RefusalsJson(board)},
                     {"link_bytes", {{"up", board.bytes_up()}, {"down", board.bytes_down()}}}};
  return json.dump(/*indent=*/-1, /*indent_char=*/' ', /*ensure_ascii=*/false,
                   Json::error_handler_t::replace);
}

}  // namespace tideline
