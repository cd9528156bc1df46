#pragma once

#include <condition_variable>
#include <cstdint>
#include <mutex>
#include <optional>

#include "absl/time/time.h"

#include "common/base/clock.h"
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
  // Of the standard library: absl::Mutex waits by the time of day, which may jump.
  std::mutex mutex_;
  std::condition_variable stopping_;
  std::optional<MonotonicTime> start_;  // under mutex_, as what follows
  bool stopped_ = false;
};

}  // namespace tideline
