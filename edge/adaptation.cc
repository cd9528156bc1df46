#include "edge/adaptation.h"

#include <algorithm>
#include <limits>

#include "common/telemetry/log.h"
#include "partitioner/policy/outlook.h"

namespace tideline {
namespace {

constexpr double kLikelyRate = 0.9;  // the share of the time in which the uplink is no faster

absl::Duration Median(const Estimate& ns) { return absl::Nanoseconds(ns.median); }

ControllerOptions OptionsOf(const Partition& partition) {
  return {.enabled = partition.adapt.enabled,
          .hysteresis = partition.adapt.hysteresis.value,
          .tail = partition.target.tail,
          .deadline = partition.target.deadline.value_or(absl::InfiniteDuration())};
}

double WholeNs(const Planner& planner) {
  double least = std::numeric_limits<double>::infinity();
  for (const int edge : EdgeCandidates(planner)) {
    least = std::min(least, planner.candidate(edge).head_ns.median);
  }
  return least;
}

}  // namespace

Adaptation::Adaptation(const Clock& clock) : clock_(clock), shadow_(clock.Now()) {}

void Adaptation::SetDeployment(const Deployment& deployment) {
  const absl::MutexLock lock(&mutex_);
  steering_ = deployment.steering;
  controller_.reset();
  if (steering_ != nullptr) {
    controller_.emplace(steering_->planner(), OptionsOf(deployment.partition));
    controller_->SetPaused(paused_);
    whole_ns_ = WholeNs(*steering_->planner());
  }
}

Circumstances Adaptation::Now(const LinkEstimate& link) const {
  return {.link = link,
          .idle = fresh_,
          .queue_ns = absl::ToDoubleNanoseconds(queue_),
          .edge_slowdown = correction_.edge_slowdown(),
          .cloud_slowdown = correction_.cloud_slowdown(),
          .lost = cloud_ready_ ? EngineMask{0} : kCloudEngines,
          .local_margin = margin_.margin()};
}

std::optional<Decision> Adaptation::Decide(const Steering& steering) {
  const absl::MutexLock lock(&mutex_);
  if (steering_.get() != &steering) {
    return std::nullopt;
  }
  const MonotonicTime now = clock_.Now();
  const LinkEstimate link = link_.Estimate(now);
  Circumstances circumstances = Now(link);
  const bool allowed = cloud_ready_ && breaker_.Allow(now);
  circumstances.lost = allowed ? EngineMask{0} : kCloudEngines;
  Decision decision = controller_->Decide(now, circumstances);
  if (allowed && (decision.candidate < 0 || !steering.way(decision.candidate).uses_cloud())) {
    breaker_.OnUnused();
  }
  if (decision.changed) {
    Log(LogLevel::kInfo, "cut_changed",
        {{"cut", steering.way(decision.candidate).cut.name}, {"reason", decision.reason}});
  }
  return decision;
}

void Adaptation::OnCloud(bool ready) {
  const absl::MutexLock lock(&mutex_);
  fresh_ = fresh_ || !ready;
  cloud_ready_ = ready;
}

void Adaptation::OnLink(const LinkSample& sample, absl::Duration queue) {
  const absl::MutexLock lock(&mutex_);
  queue_ = queue;
  const MonotonicTime now = clock_.Now();
  const auto bytes = static_cast<double>(sample.bytes);
  switch (sample.kind) {
    case LinkSample::Kind::kUplink:
      link_.AddUplink(now, {bytes, sample.taken, Bound::kExact});
      break;
    case LinkSample::Kind::kUplinkAtLeast:
      link_.AddUplink(now, {bytes, sample.taken, Bound::kAtLeast});
      break;
    case LinkSample::Kind::kAcknowledged:
      link_.AddAcknowledged(now, bytes, sample.taken);
      break;
    case LinkSample::Kind::kUnacknowledged:
      link_.AddUnacknowledged(now, bytes, sample.taken);
      break;
    case LinkSample::Kind::kRoundTrip:
      link_.AddRoundTrip(now, sample.taken);
      break;
    case LinkSample::Kind::kSilence:
      link_.AddSilence(now, sample.taken);
      break;
  }
}

void Adaptation::OnSent(uint64_t bytes) {
  const absl::MutexLock lock(&mutex_);
  fresh_ = false;
  shadow_.OnSent(static_cast<double>(bytes));
}

void Adaptation::OnAnswer(const Candidate& candidate, const Latency& latency) {
  const absl::MutexLock lock(&mutex_);
  breaker_.OnSuccess();
  if (!candidate.sends_input()) {
    correction_.Add(Term::kHead, Median(candidate.head_ns), latency.head);
  }
  correction_.Add(Term::kEncode, Median(candidate.encode_ns), latency.encode);
  if (candidate.stretch >= 1) {  // else most of it is over when the last byte comes
    correction_.Add(Term::kDecode, Median(candidate.decode_ns), latency.decode);
  }
  correction_.Add(Term::kTail, Median(candidate.tail_ns), latency.tail);
}

void Adaptation::OnCloudFailed() {
  const absl::MutexLock lock(&mutex_);
  // Evenly distributed enough for a pause, and a pure function of when it happened.
  const int64_t nanoseconds = absl::ToInt64Nanoseconds(clock_.Now());
  breaker_.OnFailure(clock_.Now(), static_cast<double>(nanoseconds % 997) / 997);
}

void Adaptation::OnLocal(const Candidate& candidate, const Latency& latency, bool from_cut) {
  const absl::MutexLock lock(&mutex_);
  const absl::Duration whole = absl::Nanoseconds(whole_ns_);
  if (!from_cut) {
    correction_.Add(Term::kHead, whole, latency.head + latency.tail);
    margin_.Add(whole * correction_.edge_slowdown(), latency.head + latency.tail);
    return;
  }
  margin_.Add((whole - Median(candidate.head_ns)) * correction_.edge_slowdown(), latency.tail);
}

uint64_t Adaptation::TakeShadow() {
  const absl::MutexLock lock(&mutex_);
  if (!controller_ || !cloud_ready_) {
    return 0;
  }
  const MonotonicTime now = clock_.Now();
  const LinkEstimate link = link_.Estimate(now);
  const Shadow shadow = shadow_.Propose(now, {.uncertainty = link.uncertainty,
                                              .rate = link.link.up.At(kLikelyRate),
                                              .gain = controller_->PossibleGain(Now(link))});
  if (!shadow) {
    return 0;
  }
  shadow_.OnShadow(now, shadow.bytes);
  return static_cast<uint64_t>(shadow.bytes);
}

LinkMemory Adaptation::SaveLink() const {
  const absl::MutexLock lock(&mutex_);
  return link_.Save(clock_.Now());
}

void Adaptation::RestoreLink(const LinkMemory& memory, absl::Duration ago) {
  const absl::MutexLock lock(&mutex_);
  link_.Restore(memory, clock_.Now(), ago);
}

void Adaptation::SetPaused(bool paused) {
  const absl::MutexLock lock(&mutex_);
  paused_ = paused;
  if (controller_) {
    controller_->SetPaused(paused);
  }
}

bool Adaptation::paused() const {
  const absl::MutexLock lock(&mutex_);
  return paused_;
}

LinkEstimate Adaptation::EstimateLink() const {
  const absl::MutexLock lock(&mutex_);
  return link_.Estimate(clock_.Now());
}

int64_t Adaptation::changes() const {
  const absl::MutexLock lock(&mutex_);
  return controller_ ? controller_->changes() : 0;
}

}  // namespace tideline
