#include "common/base/clock.h"

#include <chrono>

#include "absl/time/clock.h"

namespace tideline {

MonotonicTime SystemClock::Now() const {
  return absl::FromChrono(std::chrono::steady_clock::now().time_since_epoch());
}

absl::Time SystemClock::WallNow() const { return absl::Now(); }

MonotonicTime ManualClock::Now() const {
  absl::MutexLock lock(&mutex_);
  return elapsed_;
}

absl::Time ManualClock::WallNow() const { return absl::UnixEpoch() + Now(); }

void ManualClock::Advance(absl::Duration by) {
  absl::MutexLock lock(&mutex_);
  elapsed_ += by;
}

}  // namespace tideline
