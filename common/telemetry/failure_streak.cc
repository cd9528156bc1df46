#include "common/telemetry/failure_streak.h"

namespace tideline {
namespace {

bool IsOfTheInput(const absl::Status& error) {
  return absl::IsInvalidArgument(error) || absl::IsDataLoss(error) || absl::IsNotFound(error) ||
         absl::IsPermissionDenied(error) || absl::IsCancelled(error);
}

}  // namespace

void FailureStreak::OnAnswer(const absl::Status& answer) {
  const absl::MutexLock lock(&mutex_);
  if (answer.ok()) {
    failures_ = 0;
    last_ = absl::OkStatus();
  } else if (!IsOfTheInput(answer)) {
    ++failures_;
    last_ = answer;
  }
}

absl::Status FailureStreak::status() const {
  const absl::MutexLock lock(&mutex_);
  return failures_ >= kFailuresToUnready ? last_ : absl::OkStatus();
}

}  // namespace tideline
