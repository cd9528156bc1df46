#pragma once

#include <cstdint>
#include <map>
#include <string>

#include "cloud/job.h"
#include "cloud/status/cloud_board.h"
#include "cloud/status/cloud_metrics.h"
#include "cloud/status/edge_traffic.h"
#include "cloud/status/status_json.h"
#include "common/base/clock.h"
#include "common/inference/statistics.h"
#include "common/telemetry/timeline.h"

namespace tideline {

// What a cloud remembers of the jobs that it ran, whoever asked for them. I/O thread only.
class CloudMonitor {
 public:
  // `version` is that of the program.
  explicit CloudMonitor(const std::string& version) : metrics_(version) {}

  // Who asked, for a trace.
  struct Asker {
    std::string id;           // the edge's name, or the request's id
    std::string traceparent;  // that it came with; "" = none
  };
  // A job that ran is being answered. `traffic` is that of whoever asked.
  void OnServed(const Job& job, const TailResult& result, MonotonicTime started, const Asker& asker,
                EdgeTraffic& traffic);
  // A job ran and has no answer.
  void OnRunFailed(const Job& job);
  // A request that had all come was never run.
  void OnFailed(const ServedModel& model, MonotonicTime arrived);
  // A request, or a session, was refused for whatever reason.
  void OnRefused(const absl::Status& why) { board_.OnRefused(why); }

  CloudBoard& board() { return board_; }
  const CloudBoard& board() const { return board_; }
  // Of a model that is served.
  const ModelStatistics& statistics(const std::string& model) { return statistics_[model]; }
  // Of all that came over HTTP.
  EdgeTraffic& http() { return http_; }
  const EdgeTraffic& http() const { return http_; }

  std::string MetricsText(const CloudFacts& facts) { return metrics_.Text(facts, board_); }
  std::string TraceText() const { return timelines_.Json(); }

 private:
  const SystemClock clock_;
  CloudBoard board_{clock_};
  CloudMetrics metrics_;
  TimelineLog timelines_;
  EdgeTraffic http_{clock_.Now()};
  std::map<std::string, ModelStatistics> statistics_;  // by model
};

}  // namespace tideline
