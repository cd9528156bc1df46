#include "cloud/status/cloud_board.h"

#include <algorithm>

namespace tideline {

RefusalReason ReasonOf(absl::StatusCode code) {
  switch (code) {
    case absl::StatusCode::kResourceExhausted:
      return RefusalReason::kOverload;
    case absl::StatusCode::kFailedPrecondition:
    case absl::StatusCode::kNotFound:
      return RefusalReason::kModel;
    case absl::StatusCode::kDeadlineExceeded:
      return RefusalReason::kExpired;
    case absl::StatusCode::kInvalidArgument:
    case absl::StatusCode::kDataLoss:
      return RefusalReason::kInvalid;
    case absl::StatusCode::kUnavailable:
      return RefusalReason::kDraining;
    default:
      return RefusalReason::kOther;
  }
}

CloudBoard::CloudBoard(const Clock& clock)
    : clock_(clock), started_(clock.Now()), times_(started_) {}

void CloudBoard::OnServed(const ServedJob& job) {
  const MonotonicTime now = clock_.Now();
  ++served_;
  times_.Add(now, {job.tail, job.busy});
  auto model = models_.find(job.model);
  if (model == models_.end()) {
    model = models_.emplace(job.model, Model{.tail = RecentTimes<1>(started_)}).first;
  }
  ++model->second.requests;
  model->second.tail.Add(now, {job.tail});
}

void CloudBoard::OnRefused(const absl::Status& why) {
  ++refusals_.at(static_cast<size_t>(ReasonOf(why.code())));
}

double CloudBoard::busy() const {
  const std::optional<TimesSummary<2>> summary = times();
  if (!summary) {
    return 0;
  }
  const double seconds = absl::ToDoubleSeconds(summary->mean[1]);
  return std::min(1.0, times_.PerSecond(clock_.Now()) * seconds);
}

}  // namespace tideline
