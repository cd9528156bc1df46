#include <utility>

#include "edge/pipeline.h"

// Requests that somebody waits for, beside those of the source.
namespace tideline {

absl::Status Pipeline::TryAdmit(SourceFrame frame, GuestOptions options) {
  const RequestPtr request = NewRequest(std::move(frame));
  request->done = std::move(options.done);
  {
    const SteadyLock lock(&mutex_);
    if (no_guests_) {
      return Unavailable("this edge is shutting down");
    }
    if (guests_ >= options_.in_flight) {
      return ResourceExhausted("{} requests are open, which is all that pipeline.in_flight allows",
                               guests_);
    }
    ++open_;
    ++guests_;
    request->deployment = deployment_;
    const std::optional<absl::Duration>& target = deployment_->partition.target.deadline;
    request->admitted = clock_.Now();
    request->deadline =
        request->admitted + options.deadline.value_or(target.value_or(absl::InfiniteDuration()));
    waiting_guests_.push_back(request);
    BeginGuests();
  }
  return absl::OkStatus();
}

// As many as have a place.
void Pipeline::BeginGuests() {
  while (!waiting_guests_.empty() && guests_ - waiting_guests_.size() < places_.count()) {
    compute_.Post([this, request = std::move(waiting_guests_.front())] { Start(request); });
    waiting_guests_.pop_front();
  }
}

void Pipeline::StopGuests() {
  const SteadyLock lock(&mutex_);
  no_guests_ = true;
}

}  // namespace tideline
