#pragma once

#include <deque>
#include <functional>
#include <string>
#include <thread>

#include "absl/base/thread_annotations.h"
#include "absl/synchronization/mutex.h"

namespace tideline {

// One thread that runs jobs, urgent ones first and otherwise in the order in which they came. It
// has no bound of its own: whoever posts admits no more work than it has answers outstanding.
// Thread-safe.
class WorkerThread {
 public:
  // `name` shows in debuggers and `top`; 15 letters at most are kept.
  explicit WorkerThread(const std::string& name);
  // Runs what has been posted, then joins.
  ~WorkerThread();
  WorkerThread(const WorkerThread&) = delete;
  WorkerThread& operator=(const WorkerThread&) = delete;

  enum class Priority { kNormal, kUrgent };
  // Never blocks. After the destructor has begun, jobs may still come from running jobs only.
  void Post(std::function<void()> job, Priority priority = Priority::kNormal);

 private:
  void Loop();
  bool HasWork() const ABSL_EXCLUSIVE_LOCKS_REQUIRED(mutex_);

  absl::Mutex mutex_;
  std::deque<std::function<void()>> urgent_ ABSL_GUARDED_BY(mutex_);
  std::deque<std::function<void()>> normal_ ABSL_GUARDED_BY(mutex_);
  bool stopping_ ABSL_GUARDED_BY(mutex_) = false;
  std::thread thread_;  // last: starts when the rest is ready
};

}  // namespace tideline
