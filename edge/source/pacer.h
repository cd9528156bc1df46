#pragma once

#include <cstdint>
#include <optional>

#include "absl/base/thread_annotations.h"
#include "absl/time/time.h"

#include "common/base/clock.h"
#include "common/base/steady_mutex.h"
#include "common/base/units.h"

namespace tideline {

// When frame `frame` is due, counted from the first one.
absl::Duration DueAfterStart(Frequency rate, uint64_t frame);

// Holds frames back until they are due on a schedule that nothing delays: a late frame does not
// move the later ones, nor does somebody who sets the machine's time. Thread-safe.
class Pacer {
 public:
  // Without a rate every frame is due at once.
  explicit Pacer(std::optional<Frequency> rate) : rate_(rate) {}

  // Waits until `frame` is due; the schedule starts with the first call. False after Stop.
  bool Wait(uint64_t frame);
  void Stop();

 private:
  const std::optional<Frequency> rate_;
  const SystemClock clock_;
  SteadyMutex mutex_;
  std::optional<MonotonicTime> start_ ABSL_GUARDED_BY(mutex_);
  bool stopped_ ABSL_GUARDED_BY(mutex_) = false;
};

}  // namespace tideline
