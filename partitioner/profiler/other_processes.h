#pragma once

#include "absl/time/time.h"

#include "common/base/clock.h"

namespace tideline {

// Tells how much of the machine other processes use meanwhile, stolen time of a virtual machine
// included. The kernel counts in hundredths of a second: ask for half a second or more.
// Thread-compatible.
class OtherProcesses {
 public:
  OtherProcesses() { Begin(); }

  void Begin();

  // Cores that others kept busy since Begin, 0.5 = half of one; 0 where the kernel does not tell.
  double Cores() const;

 private:
  // Since the machine started: the time that all processes ran less the time that this one did.
  static absl::Duration Used();

  const SystemClock clock_;
  MonotonicTime begin_;
  absl::Duration used_;
};

}  // namespace tideline
