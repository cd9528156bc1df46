#include "edge/source/pacer.h"

namespace tideline {

absl::Duration DueAfterStart(Frequency rate, uint64_t frame) {
  return absl::Seconds(static_cast<double>(frame) / rate.per_second);
}

bool Pacer::Wait(uint64_t frame) {
  const SteadyLock lock(&mutex_);
  if (!stopped_ && rate_) {
    if (!start_) {
      start_ = clock_.Now();
    }
    mutex_.AwaitFor([this]() ABSL_NO_THREAD_SAFETY_ANALYSIS { return stopped_; },
                    *start_ + DueAfterStart(*rate_, frame) - clock_.Now());
  }
  return !stopped_;
}

void Pacer::Stop() {
  const SteadyLock lock(&mutex_);
  stopped_ = true;
}

}  // namespace tideline
