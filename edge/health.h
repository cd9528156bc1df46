#pragma once

#include "absl/base/thread_annotations.h"
#include "absl/status/status.h"
#include "absl/synchronization/mutex.h"

#include "common/inference/statistics.h"
#include "common/telemetry/health.h"
#include "edge/result.h"
#include "protocol/client/session.h"

namespace tideline {

// Answers that failed one after the other, after which an edge doesn't count as ready.
inline constexpr int kFailuresToUnready = 3;

// Whether an edge can answer, by what it really did, and what that took. Thread-safe.
class AnswerHealth {
 public:
  // Of every request. What was wrong with its input says nothing of the edge.
  void OnResult(const Result& result);

  // Ok while answers come; else why the last one failed.
  absl::Status status() const;
  const ModelStatistics& statistics() const { return statistics_; }

 private:
  ModelStatistics statistics_;
  mutable absl::Mutex mutex_;
  int failures_ ABSL_GUARDED_BY(mutex_) = 0;  // since the last success
  absl::Status last_ ABSL_GUARDED_BY(mutex_);
};

// What everybody is told. `session` is nullptr without a cloud. I/O thread only.
Health DescribeHealth(const absl::Status& answers, const Session* session);

}  // namespace tideline
