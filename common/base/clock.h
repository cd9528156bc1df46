#pragma once

#include "absl/base/thread_annotations.h"
#include "absl/synchronization/mutex.h"
#include "absl/time/time.h"

namespace tideline {

// A reading of the monotonic clock: the time since a start that is arbitrary but the same for the
// whole process. A deadline is `clock.Now() + timeout`; "none" is absl::InfiniteDuration().
using MonotonicTime = absl::Duration;

// Where policies and daemons read the time, so that both run in virtual time too. Thread-safe.
class Clock {
 public:
  virtual ~Clock() = default;
  // Never goes back, and is not moved when somebody sets the machine's time.
  virtual MonotonicTime Now() const = 0;
  // The time of day, for records and logs only: it may jump.
  virtual absl::Time WallNow() const = 0;
};

class SystemClock final : public Clock {
 public:
  MonotonicTime Now() const override;
  absl::Time WallNow() const override;
};

// Stands still until it is told to move. Starts at 0 and at the Unix epoch.
class ManualClock final : public Clock {
 public:
  MonotonicTime Now() const override;
  absl::Time WallNow() const override;
  // Both times move; `by` is not negative.
  void Advance(absl::Duration by);

 private:
  mutable absl::Mutex mutex_;
  absl::Duration elapsed_ ABSL_GUARDED_BY(mutex_);
};

}  // namespace tideline
