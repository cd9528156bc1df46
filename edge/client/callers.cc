#include "edge/client/callers.h"

#include <utility>

namespace tideline {

absl::StatusOr<uint64_t> Callers::Add(Done done, absl::Duration wait) {
  const SteadyLock lock(&mutex_);
  if (wait > absl::ZeroDuration()) {
    mutex_.AwaitFor([this]() ABSL_NO_THREAD_SAFETY_ANALYSIS { return Ready(); }, wait);
  }
  RETURN_IF_ERROR(failed_);
  if (waiting_.size() >= places_) {
    return wait > absl::ZeroDuration()
               ? DeadlineExceeded("no request of the {} that were open ended before the deadline",
                                  waiting_.size())
               : ResourceExhausted(
                     "{} requests are open, which is all that pipeline.in_flight allows",
                     waiting_.size());
  }
  waiting_.emplace(next_, std::move(done));
  return next_++;
}

void Callers::Answer(uint64_t caller, const absl::StatusOr<Result>& result) {
  Done done;
  {
    const SteadyLock lock(&mutex_);
    const auto found = waiting_.find(caller);
    if (found == waiting_.end()) {
      return;
    }
    done = std::move(found->second);
    waiting_.erase(found);
  }
  done(result);
}

void Callers::Fail(const absl::Status& status) {
  std::map<uint64_t, Done> all;
  {
    const SteadyLock lock(&mutex_);
    failed_ = status;
    all.swap(waiting_);
  }
  for (const auto& [caller, done] : all) {
    done(status);
  }
}

}  // namespace tideline
