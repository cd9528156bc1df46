#include "edge/losing_work.h"

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

void LosingWorkMeter::AddLateAnswer(uint64_t bytes_up, std::optional<double> joules) {
  const absl::MutexLock lock(&mutex_);
  ++sum_.late_answers;
  AddBytes(bytes_up, joules);
}

void LosingWorkMeter::AddFailure(uint64_t bytes_up, std::optional<double> joules) {
  const absl::MutexLock lock(&mutex_);
  AddBytes(bytes_up, joules);
}

void LosingWorkMeter::AddBytes(uint64_t bytes_up, std::optional<double> joules) {
  if (bytes_up == 0) {
    return;
  }
  sum_.bytes_up += bytes_up;
  unknown_radio_ = unknown_radio_ || !joules;
  sum_.radio_joules = sum_.radio_joules.value_or(0) + joules.value_or(0);
}

LosingWork LosingWorkMeter::Read() const {
  const absl::MutexLock lock(&mutex_);
  LosingWork work = sum_;
  if (unknown_power_) {
    work.joules.reset();
  }
  if (unknown_radio_) {
    work.radio_joules.reset();
  }
  return work;
}

std::optional<double> RadioJoules(uint64_t bytes, std::optional<double> watts,
                                  std::optional<double> bits_per_second) {
  if (!watts || !bits_per_second || *bits_per_second <= 0) {
    return std::nullopt;
  }
  return *watts * 8 * static_cast<double>(bytes) / *bits_per_second;
}

}  // namespace tideline
