#pragma once

#include <cstdint>
#include <map>
#include <memory>
#include <string>

#include "boost/asio/io_context.hpp"

#include "cloud/job.h"
#include "cloud/scheduler.h"
#include "common/base/clock.h"
#include "common/base/worker_thread.h"
#include "common/telemetry/failure_streak.h"

namespace tideline {

// Runs the jobs of all that ask, whoever they are, one after the other as the scheduler says, on a
// thread of its own. I/O thread only.
class Worker {
 public:
  // `max_tensor` bounds what is decoded, in bytes. `io` outlives it; destroyed when that runs no
  // more.
  Worker(boost::asio::io_context& io, SchedulerLimits queue, uint64_t max_tensor);

  // Whether a job of `bytes` more may come. Errors: those of Scheduler::Admit, Unavailable after
  // Close.
  absl::Status Admit(uint64_t bytes) const;
  void Push(Job job);
  // Forgets one job of a peer, or all of them, where they have not begun; they are told nothing.
  // False where it does not wait.
  bool Cancel(PeerId peer, uint64_t request) { return scheduler_.Cancel(peer, request); }
  void CancelAll(PeerId peer) { scheduler_.CancelAll(peer); }

  // Admits nothing more; what was admitted is run.
  void Close() { closed_ = true; }
  bool closed() const { return closed_; }

  // Ok while the engine of that model runs what it is given; else why its last run failed.
  absl::Status EngineStatus(const std::string& model) const;
  // What waits.
  const Scheduler& queue() const { return scheduler_; }

 private:
  void RunNext();
  void OnRan(const Job& job, absl::StatusOr<TailResult> result, MonotonicTime started);
  void LogHealth(const std::string& model);

  boost::asio::io_context& io_;
  const uint64_t max_tensor_;
  const SystemClock clock_;
  struct Engine {
    FailureStreak streak;
    bool fails = false;  // as the log has it
  };
  std::map<std::string, Engine> engines_;  // by model; bounded by those that are served
  Scheduler scheduler_;
  bool running_ = false;  // the thread has a job
  bool closed_ = false;
  WorkerThread thread_{"worker"};  // last: joined first
};

}  // namespace tideline
