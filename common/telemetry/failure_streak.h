#pragma once

#include "absl/base/thread_annotations.h"
#include "absl/status/status.h"
#include "absl/synchronization/mutex.h"

namespace tideline {

// Answers that failed one after the other, after which who gave them doesn't count as ready.
inline constexpr int kFailuresToUnready = 3;

// Whether a daemon, or an engine, can answer, by what it really did. Thread-safe.
class FailureStreak {
 public:
  // Of every answer. What was wrong with its input says nothing of who was to answer.
  void OnAnswer(const absl::Status& answer);

  // Ok while answers come; else why the last one failed.
  absl::Status status() const;

 private:
  mutable absl::Mutex mutex_;
  int failures_ ABSL_GUARDED_BY(mutex_) = 0;  // since the last success
  absl::Status last_ ABSL_GUARDED_BY(mutex_);
};

}  // namespace tideline
