#pragma once

#include <array>
#include <map>
#include <string>

#include "absl/base/thread_annotations.h"
#include "absl/synchronization/mutex.h"

#include "common/telemetry/metrics.h"
#include "edge/result.h"
#include "edge/status/edge_facts.h"
#include "edge/status/status_board.h"

namespace tideline {

// What an edge tells Prometheus. Thread-safe; OnResult takes about a microsecond.
class EdgeMetrics {
 public:
  explicit EdgeMetrics(const std::string& version);

  void OnResult(const Result& result);
  void OnCut(CutReason reason);

  // What GET /metrics answers. One caller at a time.
  std::string Text(const EdgeFacts& facts);

 private:
  enum Outcome { kOk, kLate, kError };
  using Outcomes = std::vector<CounterMetric>;  // by path, then by outcome

  void SetCanaries(const EdgeFacts& facts);
  CounterMetric& Requests(const std::string& model, Path path, Outcome outcome)
      ABSL_EXCLUSIVE_LOCKS_REQUIRED(mutex_);
  HistogramMetric& Activations(const std::string& codec) ABSL_EXCLUSIVE_LOCKS_REQUIRED(mutex_);

  MetricsRegistry registry_;
  std::vector<HistogramMetric> durations_;  // by path
  std::vector<HistogramMetric> stages_;     // head, encode, link, queue, decode, tail
  std::vector<CounterMetric> changes_;      // by CutReason
  GaugeMetric last_success_;
  absl::Mutex mutex_;
  std::map<std::string, Outcomes> requests_ ABSL_GUARDED_BY(mutex_);            // by model
  std::map<std::string, HistogramMetric> activations_ ABSL_GUARDED_BY(mutex_);  // by codec
};

}  // namespace tideline
