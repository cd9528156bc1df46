#include "cloud/status/cloud_metrics.h"

#include "absl/time/clock.h"

namespace tideline {
namespace {

HistogramMetric Stage(MetricsRegistry& registry, const std::string& stage) {
  return registry.AddHistogram("stage_duration_seconds",
                               "Where the time of requests went, by stage.", SecondsBounds(),
                               {{"stage", stage}});
}

}  // namespace

CloudMetrics::CloudMetrics(const std::string& version)
    : duration_(registry_.AddHistogram("request_duration_seconds",
                                       "From a request's last byte to its answer.",
                                       SecondsBounds())),
      decode_(Stage(registry_, "decode")),
      queue_(Stage(registry_, "queue")),
      tail_(Stage(registry_, "tail")),
      batch_(registry_.AddHistogram("batch_size", "Requests that the worker ran together.",
                                    {1, 2, 4, 8, 16, 32, 64})),
      last_success_(registry_.AddGauge("last_success_timestamp_seconds",
                                       "When a request was last answered, in Unix time.")) {
  registry_
      .AddGauge("build_info", "Always 1; its labels say what runs.",
                {{"version", version}, {"role", "cloud"}})
      .Set(1);
}

CounterMetric CloudMetrics::Requests(const std::string& model, const std::string& path,
                                     const std::string& outcome) {
  return registry_.AddCounter("requests_total", "Requests that the worker ran.",
                              {{"model", model}, {"path", path}, {"outcome", outcome}});
}

void CloudMetrics::OnServed(const ServedJob& job) {
  Requests(job.model, job.whole ? "cloud" : "split", "ok").Add();
  duration_.Observe(job.total);
  decode_.Observe(job.decode);
  queue_.Observe(job.queue);
  tail_.Observe(job.tail);
  batch_.Observe(1);
  registry_
      .AddHistogram("activation_bytes", "What requests sent at their cut, by codec.", BytesBounds(),
                    {{"codec", job.codec}})
      .Observe(static_cast<double>(job.bytes));
  last_success_.Set(absl::ToDoubleSeconds(absl::Now() - absl::UnixEpoch()));
}

void CloudMetrics::OnFailed(const std::string& model, bool whole) {
  Requests(model, whole ? "cloud" : "split", "error").Add();
}

std::string CloudMetrics::Text(const CloudFacts& facts, const CloudBoard& board) {
  registry_.AddGauge("connected_edges", "Edges that have shaken hands.")
      .Set(static_cast<double>(facts.edges.size()));
  registry_.AddGauge("queue_requests", "Requests that wait for the worker.")
      .Set(static_cast<double>(facts.queue_requests));
  registry_.AddGauge("queue_bytes", "Encoded bytes of the requests that wait.")
      .Set(static_cast<double>(facts.queue_bytes));
  for (size_t i = 0; i < board.refusals().size(); ++i) {
    registry_
        .AddCounter("dropped_total", "Requests and sessions that were refused, by reason.",
                    {{"reason", std::string(EnumNames(RefusalReason{}).at(i))}})
        .RaiseTo(static_cast<double>(board.refusals()[i]));
  }
  const char* const kBytes = "Bytes of frames over the link.";
  registry_.AddCounter("link_bytes_total", kBytes, {{"direction", "up"}})
      .RaiseTo(static_cast<double>(board.bytes_up()));
  registry_.AddCounter("link_bytes_total", kBytes, {{"direction", "down"}})
      .RaiseTo(static_cast<double>(board.bytes_down()));
  for (const CloudFacts::Model& model : facts.models) {
    registry_
        .AddGauge("engine_up", "Whether the engine of a network runs.",
                  {{"engine", model.engine}, {"model", model.name}})
        .Set(model.health.ready ? 1 : 0);
  }
  return registry_.Text();
}

}  // namespace tideline
