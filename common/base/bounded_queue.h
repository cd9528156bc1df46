#pragma once

#include <cstddef>
#include <cstdint>
#include <deque>
#include <optional>
#include <utility>

#include "absl/base/thread_annotations.h"
#include "absl/time/time.h"

#include "common/base/status.h"
#include "common/base/steady_mutex.h"

namespace tideline {

struct QueueLimits {
  size_t items = 0;
  size_t bytes = 0;
};

enum class WhenFull {
  kRefuse,      // the new item is refused: ResourceExhausted
  kDropOldest,  // the oldest items make room, and are counted
  kBlock,       // the producer waits
};

// A first-in, first-out queue between threads, bounded in items and in bytes. Thread-safe.
template <typename T>
class BoundedQueue {
 public:
  BoundedQueue(QueueLimits limits, WhenFull when_full) : limits_(limits), when_full_(when_full) {}

  // Appends `item`, which counts as `bytes`; it is moved from only where the result is OK. Blocks
  // only with kBlock. Errors: ResourceExhausted where there is no room (kRefuse), or where the item
  // alone is above the limit; Cancelled after Close.
  absl::Status Push(T&& item, size_t bytes) ABSL_LOCKS_EXCLUDED(mutex_) {
    const SteadyLock lock(&mutex_);
    if (bytes > limits_.bytes || limits_.items == 0) {
      return ResourceExhausted("item has {} bytes, the queue holds {}", bytes, limits_.bytes);
    }
    while (!closed_ && !HasRoom(bytes)) {
      if (when_full_ == WhenFull::kRefuse) {
        return ResourceExhausted("queue is full: {} of {} items, {} of {} bytes", items_.size(),
                                 limits_.items, bytes_, limits_.bytes);
      }
      if (when_full_ == WhenFull::kDropOldest) {
        TakeFront();
        ++dropped_;
      } else {
        mutex_.Await([&]() ABSL_NO_THREAD_SAFETY_ANALYSIS { return closed_ || HasRoom(bytes); });
      }
    }
    if (closed_) {
      return Cancelled("queue is closed");
    }
    items_.emplace_back(std::move(item), bytes);
    bytes_ += bytes;
    return absl::OkStatus();
  }

  // The oldest item; waits for one, at most `timeout`. nullopt: nothing came in time, or the queue
  // is closed and empty.
  std::optional<T> Pop(absl::Duration timeout = absl::InfiniteDuration())
      ABSL_LOCKS_EXCLUDED(mutex_) {
    const SteadyLock lock(&mutex_);
    mutex_.AwaitFor([this]() ABSL_NO_THREAD_SAFETY_ANALYSIS { return closed_ || !items_.empty(); },
                    timeout);
    if (items_.empty()) {
      return std::nullopt;
    }
    return TakeFront();
  }

  // Ends it: Push fails from now on, Pop gives what is left. Wakes everybody who waits.
  void Close() ABSL_LOCKS_EXCLUDED(mutex_) {
    const SteadyLock lock(&mutex_);
    closed_ = true;
  }

  size_t items() const ABSL_LOCKS_EXCLUDED(mutex_) {
    const SteadyLock lock(&mutex_);
    return items_.size();
  }
  size_t bytes() const ABSL_LOCKS_EXCLUDED(mutex_) {
    const SteadyLock lock(&mutex_);
    return bytes_;
  }
  int64_t dropped() const ABSL_LOCKS_EXCLUDED(mutex_) {
    const SteadyLock lock(&mutex_);
    return dropped_;
  }

 private:
  bool HasRoom(size_t bytes) const ABSL_EXCLUSIVE_LOCKS_REQUIRED(mutex_) {
    return items_.size() < limits_.items && bytes <= limits_.bytes - bytes_;
  }

  T TakeFront() ABSL_EXCLUSIVE_LOCKS_REQUIRED(mutex_) {
    T item = std::move(items_.front().first);
    bytes_ -= items_.front().second;
    items_.pop_front();
    return item;
  }

  const QueueLimits limits_;
  const WhenFull when_full_;
  mutable SteadyMutex mutex_;
  std::deque<std::pair<T, size_t>> items_ ABSL_GUARDED_BY(mutex_);  // with its bytes
  size_t bytes_ ABSL_GUARDED_BY(mutex_) = 0;
  int64_t dropped_ ABSL_GUARDED_BY(mutex_) = 0;
  bool closed_ ABSL_GUARDED_BY(mutex_) = false;
};

}  // namespace tideline
