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
  // Of those finishes: of the thread that runs them, and of the pool that the engine started there,
  // as aten's is. Not in it is what openvino computes on threads of its own, which other work of
  // the process shares.
  absl::Duration cpu;
  uint64_t bytes_up = 0;  // payload for late answers and for requests that a cloud failed
  // Of those finishes: the power of the computing device, as the edge's profile has it, times how
  // long they took. nullopt where there were none, or nobody knows the power.
  std::optional<double> joules;
  // Of those bytes: the radio's power times how long they took at the rate that the link was
  // estimated to have. nullopt where there were none, or one of both was not known.
  std::optional<double> radio_joules;
};

// Adds it up. Thread-safe.
class LosingWorkMeter {
 public:
  // `watts` of the device while it computes.
  void AddFinish(absl::Duration cpu, absl::Duration taken, std::optional<double> watts);
  // `joules` of the radio for these bytes.
  void AddLateAnswer(uint64_t bytes_up, std::optional<double> joules);
  void AddFailure(uint64_t bytes_up, std::optional<double> joules);
  LosingWork Read() const;

 private:
  void AddBytes(uint64_t bytes_up, std::optional<double> joules)
      ABSL_EXCLUSIVE_LOCKS_REQUIRED(mutex_);

  mutable absl::Mutex mutex_;
  LosingWork sum_ ABSL_GUARDED_BY(mutex_);
  bool unknown_power_ ABSL_GUARDED_BY(mutex_) = false;
  bool unknown_radio_ ABSL_GUARDED_BY(mutex_) = false;
};

// What a radio of `watts` takes to send `bytes` at `bits_per_second`; nullopt where one of both is
// not known. Pure.
std::optional<double> RadioJoules(uint64_t bytes, std::optional<double> watts,
                                  std::optional<double> bits_per_second);

}  // namespace tideline
