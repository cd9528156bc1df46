#include "partitioner/policy/shadow_budget.h"

#include <algorithm>

namespace tideline {
namespace {

constexpr double kLeastGain = 0.02;        // below that a better link would change nothing
constexpr double kMeasuredSeconds = 5e-3;  // of the link, after the first chunk
constexpr double kFirstChunk = 2 * 1024;   // bytes: its time has the round trip in it

}  // namespace

// Of the whole run.
double ShadowBudget::Left(MonotonicTime now) const {
  const double seconds = std::max(absl::ToDoubleSeconds(now - start_), 0.0);
  const double most = std::max(options_.bytes_per_second * seconds, options_.share * sent_);
  return std::max(most - spent_, 0.0);
}

double ShadowBudget::Allowance(MonotonicTime now) const {
  return std::min(Left(now), options_.burst);
}

bool ShadowBudget::AllowsBeside(MonotonicTime now, double bytes) const {
  return now - latest_ >= options_.pause && bytes <= Left(now);
}

bool ShadowBudget::IsDue(MonotonicTime now, const ShadowNeed& need) const {
  const bool certain = need.uncertainty <= options_.uncertain;
  const absl::Duration pause = need.open_above ? options_.short_pause
                               : certain       ? options_.long_pause
                                               : options_.pause;
  const bool shown = need.traffic && !need.open_above && (certain || need.age < options_.fresh);
  return !shown && now - latest_ >= pause;
}

Shadow ShadowBudget::Propose(MonotonicTime now, const ShadowNeed& need) const {
  if (need.gain < kLeastGain || !IsDue(now, need)) {
    return {};
  }
  const double allowed = Allowance(now);
  const bool canary = need.cloud_unknown && need.canary_bytes > 0 && need.canary_bytes <= allowed;
  const double wanted = canary ? need.canary_bytes
                               : std::clamp(kFirstChunk + need.rate / 8 * kMeasuredSeconds,
                                            options_.least, options_.burst);
  // Half a measurement now is worth more than a whole one later.
  const double bytes = std::min(wanted, allowed);
  return bytes < options_.least && !canary ? Shadow() : Shadow{bytes, canary};
}

void ShadowBudget::OnShadow(MonotonicTime now, double bytes) {
  spent_ += bytes;
  latest_ = now;
}

}  // namespace tideline
