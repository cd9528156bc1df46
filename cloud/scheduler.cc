#include "cloud/scheduler.h"

#include <algorithm>

namespace tideline {

absl::Status Scheduler::Admit(uint64_t bytes) const {
  if (requests_ >= limits_.max_requests) {
    return ResourceExhausted("the queue holds {} requests, at most {} may wait", requests_,
                             limits_.max_requests);
  }
  if (bytes > limits_.max_bytes || bytes_ > limits_.max_bytes - bytes) {
    return ResourceExhausted("the queue holds {} bytes, {} more are over its limit of {}", bytes_,
                             bytes, limits_.max_bytes);
  }
  return absl::OkStatus();
}

void Scheduler::Push(Job job) {
  ++requests_;
  bytes_ += job.bytes();
  queues_[job.user].push_back(std::move(job));
}

std::optional<Job> Scheduler::Pop(MonotonicTime now, std::vector<Job>* expired) {
  while (!queues_.empty()) {
    auto queue = queues_.upper_bound(last_user_);
    if (queue == queues_.end()) {
      queue = queues_.begin();
    }
    Job job = std::move(queue->second.front());
    queue->second.pop_front();
    --requests_;
    bytes_ -= job.bytes();
    const std::string user = queue->first;
    if (queue->second.empty()) {
      queues_.erase(queue);
    }
    if (job.expires <= now) {
      expired->push_back(std::move(job));
      continue;
    }
    last_user_ = user;
    return job;
  }
  return std::nullopt;
}

template <typename Predicate>
void Scheduler::Remove(Predicate predicate) {
  for (auto& [user, queue] : queues_) {
    for (const Job& job : queue) {
      if (predicate(job)) {
        --requests_;
        bytes_ -= job.bytes();
      }
    }
    std::erase_if(queue, predicate);
  }
  std::erase_if(queues_, [](const auto& entry) { return entry.second.empty(); });
}

bool Scheduler::Cancel(PeerId peer, uint64_t request) {
  const size_t before = requests_;
  Remove([&](const Job& job) { return job.peer == peer && job.request == request; });
  return requests_ < before;
}

void Scheduler::CancelAll(PeerId peer) {
  Remove([&](const Job& job) { return job.peer == peer; });
}

void Scheduler::OnDone(absl::Duration time) {
  job_time_ = job_time_ == absl::ZeroDuration() ? time : 0.9 * job_time_ + 0.1 * time;
}

}  // namespace tideline
