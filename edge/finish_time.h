#pragma once

#include <cstddef>

#include "absl/time/time.h"

namespace tideline {

// How long before a deadline a local finish has to begin. Learns from measured times: the largest
// recent one counts, and an old one fades by a tenth with every newer sample. Thread-compatible.
class FinishTime {
 public:
  // `whole` is the whole network's time on this device, from warm-up: nothing local takes longer.
  explicit FinishTime(absl::Duration whole) : head_(whole), finish_(whole) {}

  void AddHead(absl::Duration measured) { Add(measured, &head_); }
  void AddFinish(absl::Duration measured) { Add(measured, &finish_); }

  // Time to keep in hand while `open` requests may all need the one compute thread: each one's
  // finish, the head that may be running, half of that again and a scheduler's tick.
  absl::Duration Reserve(size_t open) const {
    return 1.5 * (static_cast<double>(open) * finish_ + head_) + absl::Milliseconds(10);
  }

 private:
  static void Add(absl::Duration measured, absl::Duration* most) {
    *most = measured > *most ? measured : 0.9 * *most + 0.1 * measured;
  }

  absl::Duration head_;
  absl::Duration finish_;
};

}  // namespace tideline
