#include "edge/source/pacer.h"

#include <chrono>

namespace tideline {

absl::Duration DueAfterStart(Frequency rate, uint64_t frame) {
  return absl::Seconds(static_cast<double>(frame) / rate.per_second);
}

bool Pacer::Wait(uint64_t frame) {
  std::unique_lock lock(mutex_);
  if (!stopped_ && rate_) {
    if (!start_) {
      start_ = clock_.Now();
    }
    const MonotonicTime due = *start_ + DueAfterStart(*rate_, frame);
    stopping_.wait_until(lock,
                         std::chrono::steady_clock::time_point(absl::ToChronoNanoseconds(due)),
                         [this] { return stopped_; });
  }
  return !stopped_;
}

void Pacer::Stop() {
  const std::lock_guard lock(mutex_);
  stopped_ = true;
  stopping_.notify_all();
}

}  // namespace tideline
