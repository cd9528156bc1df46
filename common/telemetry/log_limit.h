#pragma once

#include <cstdint>
#include <optional>
#include <utility>

#include "common/base/clock.h"

namespace tideline {

// Keeps what strangers can provoke from filling the log: at most 30 lines in 10 seconds.
// Thread-compatible.
class LogLimit {
 public:
  // nullopt: say nothing. Otherwise how many were not said since the last line.
  std::optional<uint64_t> Allow() {
    const MonotonicTime now = clock_.Now();
    if (!started_ || now - *started_ >= kPeriod) {
      started_ = now;
      lines_ = 0;
    }
    if (lines_ == kLines) {
      ++suppressed_;
      return std::nullopt;
    }
    ++lines_;
    return std::exchange(suppressed_, 0);
  }

 private:
  static constexpr int kLines = 30;
  static constexpr absl::Duration kPeriod = absl::Seconds(10);
  SystemClock clock_;
  std::optional<MonotonicTime> started_;
  int lines_ = 0;
  uint64_t suppressed_ = 0;
};

}  // namespace tideline
