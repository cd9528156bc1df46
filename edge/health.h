#pragma once

#include "absl/status/status.h"

#include "common/inference/statistics.h"
#include "common/telemetry/failure_streak.h"
#include "common/telemetry/health.h"
#include "edge/result.h"
#include "protocol/client/session.h"

namespace tideline {

// Whether an edge can answer, by what it really did, and what that took. Thread-safe.
class AnswerHealth {
 public:
  // Of every request. What was wrong with its input says nothing of the edge.
  void OnResult(const Result& result);

  // Ok while answers come; else why the last one failed.
  absl::Status status() const { return failures_.status(); }
  const ModelStatistics& statistics() const { return statistics_; }

 private:
  ModelStatistics statistics_;
  FailureStreak failures_;
};

// What everybody is told. `session` is nullptr without a cloud. I/O thread only.
Health DescribeHealth(const absl::Status& answers, const Session* session);

}  // namespace tideline
