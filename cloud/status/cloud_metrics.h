#pragma once

#include <map>
#include <string>
#include <vector>

#include "cloud/status/cloud_board.h"
#include "cloud/status/status_json.h"
#include "common/telemetry/metrics.h"

namespace tideline {

// What a cloud tells Prometheus. I/O thread only; OnServed takes about a microsecond.
class CloudMetrics {
 public:
  explicit CloudMetrics(const std::string& version);

  void OnServed(const ServedJob& job);
  // `whole`: the request came at cut `input`.
  void OnFailed(const std::string& model, bool whole);

  // What GET /metrics answers.
  std::string Text(const CloudFacts& facts, const CloudBoard& board);

 private:
  CounterMetric Requests(const std::string& model, const std::string& path,
                         const std::string& outcome);

  MetricsRegistry registry_;
  HistogramMetric duration_;
  HistogramMetric decode_;
  HistogramMetric queue_;
  HistogramMetric tail_;
  HistogramMetric batch_;
  GaugeMetric last_success_;
};

}  // namespace tideline
