#include "edge/status/edge_metrics.h"

#include <algorithm>
#include <limits>
#include <utility>

namespace tideline {
namespace {

constexpr std::array<std::string_view, 3> kOutcomes = {"ok", "late", "error"};
constexpr std::array<std::string_view, 6> kStages = {"head",  "encode", "link",
                                                     "queue", "decode", "tail"};

}  // namespace

EdgeMetrics::EdgeMetrics(const std::string& version)
    : last_success_(registry_.AddGauge("last_success_timestamp_seconds",
                                       "When a request was last answered, in Unix time.")) {
  registry_
      .AddGauge("build_info", "Always 1; its labels say what runs.",
                {{"version", version}, {"role", "edge"}})
      .Set(1);
  for (const std::string_view path : EnumNames(Path{})) {
    durations_.push_back(registry_.AddHistogram(
        "request_duration_seconds", "From a request's admission to its result, by path.",
        SecondsBounds(), {{"path", std::string(path)}}));
  }
  for (const std::string_view stage : kStages) {
    stages_.push_back(registry_.AddHistogram("stage_duration_seconds",
                                             "Where the time of requests went, by stage.",
                                             SecondsBounds(), {{"stage", std::string(stage)}}));
  }
  for (const std::string_view reason : EnumNames(CutReason{})) {
    changes_.push_back(registry_.AddCounter("cut_changes_total",
                                            "Cuts and codecs that came into force, by reason.",
                                            {{"reason", std::string(reason)}}));
  }
}

CounterMetric& EdgeMetrics::Requests(const std::string& model, Path path, Outcome outcome) {
  Outcomes& counters = requests_[model];
  if (counters.empty()) {
    for (const std::string_view each : EnumNames(Path{})) {
      for (const std::string_view end : kOutcomes) {
        counters.push_back(registry_.AddCounter(
            "requests_total",
            "Requests that have their result; late: after "
            "their deadline.",
            {{"model", model}, {"path", std::string(each)}, {"outcome", std::string(end)}}));
      }
    }
  }
  return counters[static_cast<size_t>(path) * kOutcomes.size() + outcome];
}

HistogramMetric& EdgeMetrics::Activations(const std::string& codec) {
  const auto found = activations_.find(codec);
  if (found != activations_.end()) {
    return found->second;
  }
  return activations_
      .emplace(codec, registry_.AddHistogram("activation_bytes",
                                             "What requests sent at their cut, by codec.",
                                             BytesBounds(), {{"codec", codec}}))
      .first->second;
}

void EdgeMetrics::OnResult(const Result& result) {
  const Latency& latency = result.latency;
  const bool late = result.deadline_met.has_value() && !*result.deadline_met;
  {
    const absl::MutexLock lock(&mutex_);
    const Outcome outcome = !result.error.ok() ? kError : late ? kLate : kOk;
    Requests(result.model, result.path, outcome).Add();
    if (!result.codec.empty()) {
      Activations(result.codec).Observe(static_cast<double>(result.bytes_up));
    }
  }
  if (!result.error.ok()) {
    return;
  }
  last_success_.Set(absl::ToDoubleSeconds(result.time - absl::UnixEpoch()));
  durations_[static_cast<size_t>(result.path)].Observe(latency.total);
  const std::array<absl::Duration, kStages.size()> stages = {
      latency.head, latency.encode, latency.link, latency.queue, latency.decode, latency.tail};
  for (size_t i = 0; i < stages.size(); ++i) {
    if (stages[i] > absl::ZeroDuration()) {
      stages_[i].Observe(stages[i]);
    }
  }
}

void EdgeMetrics::OnCut(CutReason reason) { changes_[static_cast<size_t>(reason)].Add(); }

// Without the clouds' addresses, which come and go where a name stands for them: the status has
// those.
void EdgeMetrics::SetCanaries(const EdgeFacts& facts) {
  const auto counter = [this](const char* outcome) {
    return registry_.AddCounter("canaries_total",
                                "Requests whose answer by a cloud was held against a known one.",
                                {{"outcome", outcome}});
  };
  counter("right").RaiseTo(static_cast<double>(facts.canaries - facts.canaries_wrong));
  counter("wrong").RaiseTo(static_cast<double>(facts.canaries_wrong));
  int barred = 0;
  int in_a_row = 0;
  for (const EdgeFacts::Cloud& cloud : facts.clouds) {
    barred += cloud.barred ? 1 : 0;
    in_a_row = std::max(in_a_row, cloud.wrong_in_a_row);
  }
  registry_.AddGauge("barred_clouds", "Clouds that were wrong and are asked for canaries alone.")
      .Set(barred);
  registry_
      .AddGauge("canaries_wrong_in_a_row", "The latest that were wrong, of the cloud with most.")
      .Set(in_a_row);
}

std::string EdgeMetrics::Text(const EdgeFacts& facts) {
  const EdgeFacts::Link& link = facts.link;
  registry_.AddGauge("link_up", "Whether the cloud can be asked.").Set(link.state == "ready");
  registry_.AddCounter("link_bytes_total", "Bytes of frames over the link.", {{"direction", "up"}})
      .RaiseTo(static_cast<double>(link.bytes_up));
  registry_
      .AddCounter("link_bytes_total", "Bytes of frames over the link.", {{"direction", "down"}})
      .RaiseTo(static_cast<double>(link.bytes_down));
  constexpr double kUnknown = std::numeric_limits<double>::quiet_NaN();
  registry_.AddGauge("link_rtt_seconds", "The link's round trip, as estimated; NaN: unknown.")
      .Set(link.rtt ? 1e-9 * link.rtt->median : kUnknown);
  // In bytes: Prometheus has no other base unit for it.
  registry_
      .AddGauge("link_bandwidth_bytes_per_second",
                "The rate of the uplink, as estimated; NaN: unknown.")
      .Set(link.uplink ? link.uplink->median / 8 : kUnknown);
  registry_.AddGauge("queue_requests", "Requests that are open.")
      .Set(static_cast<double>(facts.in_flight));
  registry_.AddGauge("queue_bytes", "Inputs and cut tensors of the requests that are open.")
      .Set(static_cast<double>(facts.held_bytes));
  constexpr const char* kDropped =
      "What was dropped; late_answer: the cloud's, after another; frame: a live source's, for a "
      "newer one; result: one that a sink will never have.";
  registry_.AddCounter("dropped_total", kDropped, {{"reason", "late_answer"}})
      .RaiseTo(static_cast<double>(facts.losing.late_answers));
  registry_.AddCounter("dropped_total", kDropped, {{"reason", "frame"}})
      .RaiseTo(static_cast<double>(facts.source.dropped.value_or(0)));
  registry_.AddCounter("dropped_total", kDropped, {{"reason", "result"}})
      .RaiseTo(static_cast<double>(facts.lost_results));
  SetCanaries(facts);
  registry_
      .AddGauge("engine_up", "Whether the engine of the network runs.",
                {{"engine", facts.model.engine}, {"model", facts.model.name}})
      .Set(facts.health.ready ? 1 : 0);
  return registry_.Text();
}

}  // namespace tideline
