#pragma once

#include <cstdint>
#include <deque>
#include <list>
#include <map>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "cloud/job.h"
#include "common/base/clock.h"
#include "common/base/status.h"

namespace tideline {

struct SchedulerLimits {
  size_t max_requests = 1024;
  uint64_t max_bytes = uint64_t{256} << 20;
};

// Which request runs next: edges take turns, each one's requests in the order in which they came
// whole. Bounded; says how long a new one would wait. Pure: `now` is the caller's clock.
// I/O thread only.
class Scheduler {
 public:
  explicit Scheduler(SchedulerLimits limits) : limits_(limits) {}

  // Whether a request of `bytes` more may come. Errors: ResourceExhausted with the queue's state.
  absl::Status Admit(uint64_t bytes) const;
  void Push(Job job);

  // The next job to run; those that expired are put into `expired` instead.
  std::optional<Job> Pop(MonotonicTime now, std::vector<Job>* expired);

  // Forgets one request of a peer, or all of them. False where it does not wait here.
  bool Cancel(PeerId peer, uint64_t request);
  void CancelAll(PeerId peer);

  // The worker took `time` for a job.
  void OnDone(absl::Duration time);

  // How long a request that came now would wait for the worker.
  absl::Duration ExpectedWait() const { return static_cast<double>(requests_) * job_time_; }
  size_t requests() const { return requests_; }
  uint64_t bytes() const { return bytes_; }

 private:
  using Queue = std::deque<Job>;
  template <typename Predicate>
  void Remove(Predicate predicate);

  const SchedulerLimits limits_;
  std::map<std::string, Queue> queues_;  // by user; none is empty
  std::string last_user_;                // whose turn it was
  size_t requests_ = 0;
  uint64_t bytes_ = 0;
  absl::Duration job_time_;  // moving average
};

}  // namespace tideline
