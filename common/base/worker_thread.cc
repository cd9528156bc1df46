#include "common/base/worker_thread.h"

#include <pthread.h>
#include <utility>

namespace tideline {

WorkerThread::WorkerThread(const std::string& name) : thread_([this] { Loop(); }) {
  pthread_setname_np(thread_.native_handle(), name.substr(0, 15).c_str());
}

WorkerThread::~WorkerThread() {
  {
    const absl::MutexLock lock(&mutex_);
    stopping_ = true;
  }
  thread_.join();
}

void WorkerThread::Post(std::function<void()> job, Priority priority) {
  const absl::MutexLock lock(&mutex_);
  (priority == Priority::kUrgent ? urgent_ : normal_).push_back(std::move(job));
}

bool WorkerThread::HasWork() const { return stopping_ || !urgent_.empty() || !normal_.empty(); }

void WorkerThread::Loop() {
  while (true) {
    std::function<void()> job;
    {
      const absl::MutexLock lock(&mutex_, absl::Condition(this, &WorkerThread::HasWork));
      std::deque<std::function<void()>>& queue = urgent_.empty() ? normal_ : urgent_;
      if (queue.empty()) {
        return;
      }
      job = std::move(queue.front());
      queue.pop_front();
    }
    job();
  }
}

}  // namespace tideline
