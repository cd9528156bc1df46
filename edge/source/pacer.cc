#include "edge/source/pacer.h"

#include "absl/time/clock.h"

namespace tideline {

absl::Duration DueAfterStart(Frequency rate, uint64_t frame) {
  return absl::Seconds(static_cast<double>(frame) / rate.per_second);
}

bool Pacer::Wait(uint64_t frame) {
  absl::MutexLock lock(&mutex_);
  if (!stopped_ && rate_) {
    if (!start_) {
      start_ = absl::Now();
    }
    mutex_.AwaitWithDeadline(absl::Condition(&stopped_), *start_ + DueAfterStart(*rate_, frame));
  }
  return !stopped_;
}

void Pacer::Stop() {
  absl::MutexLock lock(&mutex_);
  stopped_ = true;
}

}  // namespace tideline
