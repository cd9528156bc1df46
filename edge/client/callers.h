#pragma once

#include <cstddef>
#include <cstdint>
#include <functional>
#include <map>

#include "absl/base/thread_annotations.h"
#include "absl/time/time.h"

#include "common/base/status.h"
#include "common/base/steady_mutex.h"
#include "edge/result.h"

namespace tideline {

// Who waits for an answer, at most so many at a time. Each is called exactly once, without a lock:
// with its result, or with what Fail says. Thread-safe.
class Callers {
 public:
  using Done = std::function<void(const absl::StatusOr<Result>&)>;

  explicit Callers(size_t places) : places_(places) {}

  // Takes a place, after waiting for one for `wait` at most; returns who calls under. Errors:
  // ResourceExhausted without a place (DeadlineExceeded after waiting), Unavailable after Fail.
  absl::StatusOr<uint64_t> Add(Done done, absl::Duration wait);
  // Frees the place and calls; nothing where it has been called.
  void Answer(uint64_t caller, const absl::StatusOr<Result>& result);
  // Gives `status` to all, and to who comes later.
  void Fail(const absl::Status& status);

 private:
  bool Ready() const ABSL_EXCLUSIVE_LOCKS_REQUIRED(mutex_) {
    return !failed_.ok() || waiting_.size() < places_;
  }

  const size_t places_;
  SteadyMutex mutex_;
  std::map<uint64_t, Done> waiting_ ABSL_GUARDED_BY(mutex_);
  uint64_t next_ ABSL_GUARDED_BY(mutex_) = 0;
  absl::Status failed_ ABSL_GUARDED_BY(mutex_);
};

}  // namespace tideline
