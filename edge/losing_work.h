#pragma once

#include <cstdint>
#include <optional>

#include "absl/base/thread_annotations.h"
#include "absl/synchronization/mutex.h"
#include "absl/time/time.h"

namespace tideline {

// What was computed and sent for answers that were not the first.
struct LosingWork {
  uint64_t late_answers = 0;  // the cloud was still asked, or had answered, when the edge had
  uint64_t finishes = 0;      // begun here although the cloud's answer was first
  // Of those finishes, on the thread that runs them. What an engine computes on threads of its own
  // is not in it.
  absl::Duration cpu;
  uint64_t bytes_up = 0;  // payload for late answers and for requests that a cloud failed
  // Of those finishes: the power of the computing device, as the edge's profile has it, times how
  // long they took. nullopt where there were none, or nobody knows the power.
  std::optional<double> joules;
};

// Adds it up. Thread-safe.
class LosingWorkMeter {
 public:
  // `watts` of the device while it computes.
  void AddFinish(absl::Duration cpu, absl::Duration taken, std::optional<double> watts);
  void AddLateAnswer(uint64_t bytes_up);
  void AddFailure(uint64_t bytes_up);
  LosingWork Read() const;

 private:
  mutable absl::Mutex mutex_;
  LosingWork sum_ ABSL_GUARDED_BY(mutex_);
  bool unknown_power_ ABSL_GUARDED_BY(mutex_) = false;
};

// What the calling thread has computed so far.
absl::Duration ThreadCpuTime();

}  // namespace tideline
