#include "cloud/worker.h"

#include <utility>
#include <vector>

#include "boost/asio/post.hpp"

#include "common/telemetry/log.h"

namespace tideline {

Worker::Worker(boost::asio::io_context& io, SchedulerLimits queue, uint64_t max_tensor)
    : io_(io), max_tensor_(max_tensor), scheduler_(queue) {}

absl::Status Worker::Admit(uint64_t bytes) const {
  return closed_ ? Unavailable("this cloud is shutting down") : scheduler_.Admit(bytes);
}

void Worker::Push(Job job) {
  scheduler_.Push(std::move(job));
  RunNext();
}

absl::Status Worker::EngineStatus(const std::string& model) const {
  const auto found = engines_.find(model);
  return found == engines_.end() ? absl::OkStatus() : found->second.streak.status();
}

void Worker::RunNext() {
  std::optional<Job> next;
  while (!running_) {
    std::vector<Job> expired;
    next = scheduler_.Pop(clock_.Now(), &expired);
    running_ = next.has_value();  // what is told of the end of others may push more
    for (const Job& job : expired) {
      job.done(job, {.result = DeadlineExceeded("the request's budget ran out in the queue")});
    }
    if (!next) {
      return;
    }
    if (next->is_unwanted && next->is_unwanted()) {
      running_ = false;
      next->done(*next, {.result = Cancelled("nobody waits for the answer")});
      continue;
    }
    Engine& engine = engines_[next->model->files.name];
    thread_.Post([this, &engine, job = std::make_shared<const Job>(*std::move(next))] {
      const MonotonicTime started = clock_.Now();
      absl::StatusOr<TailResult> result = RunTail(*job, max_tensor_, engine.streak);
      boost::asio::post(io_, [this, job, started, result = std::move(result)]() mutable {
        OnRan(*job, std::move(result), started);
      });
    });
  }
}

void Worker::OnRan(const Job& job, absl::StatusOr<TailResult> result, MonotonicTime started) {
  running_ = false;
  scheduler_.OnDone(clock_.Now() - started);
  LogHealth(job.model->files.name);
  job.done(job, {.result = std::move(result), .started = started});
  RunNext();
}

void Worker::LogHealth(const std::string& model) {
  Engine& engine = engines_[model];
  const absl::Status status = engine.streak.status();
  if (engine.fails == !status.ok()) {
    return;
  }
  engine.fails = !status.ok();
  if (engine.fails) {
    Log(LogLevel::kError, "engine_failing", {{"model", model}, {"reason", status}});
  } else {
    Log(LogLevel::kInfo, "engine_recovered", {{"model", model}});
  }
}

}  // namespace tideline
