#include <utility>

#include "edge/adaptation.h"

// What Adaptation has to do with requests in the shadow of answers.
namespace tideline {
namespace {

constexpr absl::Duration kOldNews = absl::Seconds(10);  // since a cloud answered
constexpr double kLikelyRate = 0.9;  // the share of the time in which the uplink is no faster

}  // namespace

ShadowNeed Adaptation::NeedOf(MonotonicTime now, const Cloud& cloud, const LinkEstimate& link,
                              bool traffic) const {
  ShadowNeed need{.uncertainty = link.uncertainty,
                  .rate = link.link.up.At(kLikelyRate),
                  .open_above = link.open_above,
                  .traffic = traffic,
                  .age = link.age};
  if (shadow_.IsDue(now, need)) {  // it asks the planner, and mostly it is not time yet
    need.gain = cloud.controller->PossibleGain(Now(cloud, link));
  }
  return need;
}

Adaptation::ShadowBytes Adaptation::TakeShadow(double canary_bytes) {
  const absl::MutexLock lock(&mutex_);
  const MonotonicTime now = clock_.Now();
  ShadowBytes taken;
  std::pair<bool, double> most(false, -1);  // canaries first, then what is least certain
  for (size_t i = 0; i < clouds_.size(); ++i) {
    const Cloud& cloud = clouds_[i];
    if (!cloud.controller || !cloud.ready) {
      continue;
    }
    const LinkEstimate link = cloud.link.Estimate(now);
    const bool barred = cloud.trust.state(now) == CircuitBreaker::State::kOpen;
    ShadowNeed need = NeedOf(now, cloud, link, /*traffic=*/false);
    need.canary_bytes = barred ? 0 : canary_bytes;
    need.cloud_unknown = now - cloud.answered > kOldNews || !cloud.IsTrusted(now);
    const Shadow shadow = shadow_.Propose(now, need);
    if (shadow && std::pair(shadow.canary, link.uncertainty) > most) {
      most = {shadow.canary, link.uncertainty};
      taken = {i, static_cast<uint64_t>(shadow.bytes), shadow.canary};
    }
  }
  if (taken.bytes > 0) {
    shadow_.OnShadow(now, static_cast<double>(taken.bytes));
  }
  return taken;
}

uint64_t Adaptation::TakeFilling(size_t place) {
  const absl::MutexLock lock(&mutex_);
  const MonotonicTime now = clock_.Now();
  const Cloud& cloud = clouds_[place];
  if (!cloud.controller || !cloud.ready) {
    return 0;
  }
  const LinkEstimate link = cloud.link.Estimate(now);
  const Shadow shadow = shadow_.Propose(now, NeedOf(now, cloud, link, /*traffic=*/true));
  if (shadow) {
    shadow_.OnShadow(now, shadow.bytes);
  }
  return static_cast<uint64_t>(shadow.bytes);
}

std::optional<size_t> Adaptation::TakeCanary(uint64_t bytes) {
  const absl::MutexLock lock(&mutex_);
  const MonotonicTime now = clock_.Now();
  for (size_t i = 0; i < clouds_.size(); ++i) {
    Cloud& cloud = clouds_[i];
    const bool barred = cloud.ready && !cloud.IsTrusted(now);
    if (barred && shadow_.AllowsBeside(now, static_cast<double>(bytes)) && cloud.trust.Allow(now)) {
      shadow_.OnShadow(now, static_cast<double>(bytes));
      return i;
    }
  }
  return std::nullopt;
}

void Adaptation::OnCanary(size_t place, bool agrees) {
  const absl::MutexLock lock(&mutex_);
  const MonotonicTime now = clock_.Now();
  Cloud& cloud = clouds_[place];
  ++canaries_.answered;
  ++cloud.canaries;
  if (agrees) {
    cloud.trust.OnSuccess();
  } else {
    ++canaries_.wrong;
    ++cloud.canaries_wrong;
    cloud.trust.OnFailure(now, ChanceOfPause(now));
  }
}

Adaptation::Canaries Adaptation::canaries() const {
  const absl::MutexLock lock(&mutex_);
  return canaries_;
}

Adaptation::Canaries Adaptation::canaries(size_t place) const {
  const absl::MutexLock lock(&mutex_);
  const Cloud& cloud = clouds_[place];
  return {.answered = cloud.canaries,
          .wrong = cloud.canaries_wrong,
          .wrong_in_a_row = cloud.trust.failures(),
          .barred = !cloud.IsTrusted(clock_.Now())};
}

}  // namespace tideline
