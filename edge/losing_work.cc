#include "edge/losing_work.h"

#include <ctime>

namespace tideline {

void LosingWorkMeter::AddFinish(absl::Duration cpu, absl::Duration taken,
                                std::optional<double> watts) {
  const absl::MutexLock lock(&mutex_);
  ++sum_.finishes;
  sum_.cpu += cpu;
  unknown_power_ = unknown_power_ || !watts;
  const double joules = watts.value_or(0) * absl::ToDoubleSeconds(taken);
  sum_.joules = sum_.joules.value_or(0) + joules;
}

void LosingWorkMeter::AddLateAnswer(uint64_t bytes_up) {
  const absl::MutexLock lock(&mutex_);
  ++sum_.late_answers;
  sum_.bytes_up += bytes_up;
}

void LosingWorkMeter::AddFailure(uint64_t bytes_up) {
  const absl::MutexLock lock(&mutex_);
  sum_.bytes_up += bytes_up;
}

LosingWork LosingWorkMeter::Read() const {
  const absl::MutexLock lock(&mutex_);
  LosingWork work = sum_;
  if (unknown_power_) {
    work.joules.reset();
  }
  return work;
}

absl::Duration ThreadCpuTime() {
  timespec time{};
  ::clock_gettime(CLOCK_THREAD_CPUTIME_ID, &time);
  return absl::DurationFromTimespec(time);
}

}  // namespace tideline
