#pragma once

#include <cstdint>
#include <optional>
#include <utility>

#include "absl/base/thread_annotations.h"

#include "common/base/steady_mutex.h"

namespace tideline {

// One slot with the latest of what comes: who takes slowly gets what is new, never what is old.
// What is replaced before it was taken is dropped and counted. Thread-safe.
template <typename T>
class Mailbox {
 public:
  void Put(T value) {
    const SteadyLock lock(&mutex_);
    dropped_ += slot_ ? 1 : 0;
    slot_ = std::move(value);
  }

  // Waits for something; nullopt after Stop.
  std::optional<T> Take() {
    const SteadyLock lock(&mutex_);
    mutex_.Await([this]() ABSL_NO_THREAD_SAFETY_ANALYSIS { return stopped_ || slot_; });
    return stopped_ ? std::nullopt : std::exchange(slot_, std::nullopt);
  }

  void Stop() {
    const SteadyLock lock(&mutex_);
    stopped_ = true;
  }

  int64_t dropped() const {
    const SteadyLock lock(&mutex_);
    return dropped_;
  }

 private:
  mutable SteadyMutex mutex_;
  std::optional<T> slot_ ABSL_GUARDED_BY(mutex_);
  int64_t dropped_ ABSL_GUARDED_BY(mutex_) = 0;
  bool stopped_ ABSL_GUARDED_BY(mutex_) = false;
};

}  // namespace tideline
