#pragma once

#include <cstdint>

#include "absl/time/time.h"

#include "common/base/clock.h"

namespace tideline {

struct BreakerOptions {
  int failures = 3;  // in a row that open it
  absl::Duration first_pause = absl::Milliseconds(500);
  absl::Duration longest_pause = absl::Seconds(30);
};

// Keeps requests from a cloud that fails them. Closed: all may go. Open: none, until a pause is
// over, which doubles with every probe that fails; chance takes up to half of it, so that edges do
// not come back all at once. Half open: one probe may go, and decides. Pure. Thread-compatible.
class CircuitBreaker {
 public:
  enum class State { kClosed, kOpen, kHalfOpen };

  explicit CircuitBreaker(const BreakerOptions& options = {}) : options_(options) {}

  // Whether a request may go to the cloud now. Where it is the probe, no other one may until its
  // outcome is told, or kProbeLimit has passed.
  bool Allow(MonotonicTime now);
  // The probe that was allowed did not go: another one may.
  void OnUnused() { probing_ = false; }
  // The outcome of a request. `chance` is 0 to 1, evenly.
  void OnSuccess();
  void OnFailure(MonotonicTime now, double chance);

  State state(MonotonicTime now) const;
  // Failures in a row.
  int failures() const { return failures_; }
  // When it lets the next probe through; the past where it is not open.
  MonotonicTime until() const { return until_; }

  static constexpr absl::Duration kProbeLimit = absl::Seconds(30);

 private:
  BreakerOptions options_;
  int failures_ = 0;  // in a row
  int openings_ = 0;  // without a success between them; 0: closed
  MonotonicTime until_ = -absl::InfiniteDuration();
  MonotonicTime probe_ = -absl::InfiniteDuration();  // when the latest one began
  bool probing_ = false;
};

// For a breaker's `chance`: evenly distributed enough, and a pure function of when it failed.
inline double ChanceOfPause(MonotonicTime now) {
  return static_cast<double>(absl::ToInt64Nanoseconds(now) % 997) / 997;
}

}  // namespace tideline
