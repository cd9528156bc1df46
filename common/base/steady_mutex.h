#pragma once

#include <algorithm>
#include <chrono>
#include <condition_variable>
#include <mutex>

#include "absl/base/thread_annotations.h"
#include "absl/time/time.h"

namespace tideline {

// A mutex with conditions whose waits end by the monotonic clock: absl::Mutex, as Debian has it,
// waits by the time of day, and somebody who sets that would stop or hurry whoever waits.
class ABSL_LOCKABLE SteadyMutex {
 public:
  void Lock() ABSL_EXCLUSIVE_LOCK_FUNCTION() { mutex_.lock(); }
  // Whoever waits looks again.
  void Unlock() ABSL_UNLOCK_FUNCTION() {
    changed_.notify_all();
    mutex_.unlock();
  }

  // Waits, without the lock, until `condition` holds, which is called with the lock.
  template <typename Condition>
  void Await(Condition condition) ABSL_EXCLUSIVE_LOCKS_REQUIRED(this) {
    std::unique_lock lock(mutex_, std::adopt_lock);
    changed_.notify_all();
    changed_.wait(lock, condition);
    lock.release();
  }

  // The same for at most `limit`; whether it holds.
  template <typename Condition>
  bool AwaitFor(Condition condition, absl::Duration limit) ABSL_EXCLUSIVE_LOCKS_REQUIRED(this) {
    if (limit == absl::InfiniteDuration()) {
      Await(condition);
      return true;
    }
    // steady_clock counts in 64 bits of nanoseconds.
    const absl::Duration bounded = std::clamp(limit, absl::ZeroDuration(), kLongest);
    const auto until = std::chrono::steady_clock::now() + absl::ToChronoNanoseconds(bounded);
    std::unique_lock lock(mutex_, std::adopt_lock);
    changed_.notify_all();
    const bool holds = changed_.wait_until(lock, until, condition);
    lock.release();
    return holds;
  }

 private:
  static constexpr absl::Duration kLongest = absl::Hours(24 * 365);

  std::mutex mutex_;
  std::condition_variable changed_;
};

class ABSL_SCOPED_LOCKABLE SteadyLock {
 public:
  explicit SteadyLock(SteadyMutex* mutex) ABSL_EXCLUSIVE_LOCK_FUNCTION(mutex) : mutex_(mutex) {
    mutex_->Lock();
  }
  ~SteadyLock() ABSL_UNLOCK_FUNCTION() { mutex_->Unlock(); }
  SteadyLock(const SteadyLock&) = delete;
  SteadyLock& operator=(const SteadyLock&) = delete;

 private:
  SteadyMutex* const mutex_;
};

}  // namespace tideline
