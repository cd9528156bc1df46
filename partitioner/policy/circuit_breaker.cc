#include "partitioner/policy/circuit_breaker.h"

#include <algorithm>
#include <cmath>

namespace tideline {
namespace {

constexpr int kMostDoublings = 20;

}  // namespace

CircuitBreaker::State CircuitBreaker::state(MonotonicTime now) const {
  if (openings_ == 0) {
    return State::kClosed;
  }
  return now < until_ ? State::kOpen : State::kHalfOpen;
}

bool CircuitBreaker::Allow(MonotonicTime now) {
  switch (state(now)) {
    case State::kClosed:
      return true;
    case State::kOpen:
      return false;
    case State::kHalfOpen:
      break;
  }
  if (probing_ && now - probe_ < kProbeLimit) {
    return false;
  }
  probing_ = true;
  probe_ = now;
  return true;
}

void CircuitBreaker::OnSuccess() {
  failures_ = 0;
  openings_ = 0;
  probing_ = false;
}

void CircuitBreaker::OnFailure(MonotonicTime now, double chance) {
  ++failures_;
  const State before = state(now);
  const bool opens =
      before == State::kHalfOpen || (before == State::kClosed && failures_ >= options_.failures);
  if (!opens) {
    return;  // the outcome of a request that went before it opened
  }
  probing_ = false;
  const absl::Duration pause =
      std::min(options_.longest_pause,
               options_.first_pause * std::exp2(std::min(openings_, kMostDoublings)));
  ++openings_;
  until_ = now + pause * (1 - 0.5 * std::clamp(chance, 0.0, 1.0));
}

}  // namespace tideline
