#include "edge/adaptation.h"

#include <algorithm>
#include <limits>

#include "common/telemetry/log.h"
#include "partitioner/policy/choose_worker.h"
#include "partitioner/policy/outlook.h"

namespace tideline {
namespace {

absl::Duration Median(const Estimate& ns) { return absl::Nanoseconds(ns.median); }

ControllerOptions OptionsOf(const Partition& partition) {
  return {.enabled = partition.adapt.enabled,
          .hysteresis = partition.adapt.hysteresis.value,
          .tail = partition.target.tail,
          .deadline = partition.target.deadline.value_or(absl::InfiniteDuration())};
}

absl::Duration RoundTrip(const LinkEstimator& link, MonotonicTime now) {
  return absl::Nanoseconds(link.Estimate(now).link.rtt.At(0.5));
}

double WholeNs(const Planner& planner) {
  double least = std::numeric_limits<double>::infinity();
  for (const int edge : EdgeCandidates(planner)) {
    least = std::min(least, planner.candidate(edge).head_ns.median);
  }
  return least;
}

}  // namespace

Adaptation::Adaptation(const Clock& clock, size_t places)
    : clock_(clock),
      clouds_(std::max<size_t>(places, 1)),
      random_(std::random_device()()),
      shadow_(clock.Now()) {}

void Adaptation::SetDeployment(const Deployment& deployment) {
  const absl::MutexLock lock(&mutex_);
  steering_ = deployment.steering;
  options_ = OptionsOf(deployment.partition);
  for (Cloud& cloud : clouds_) {
    cloud.trust = CircuitBreaker();  // it may have been wrong of another model
    StartController(cloud);
  }
  whole_ns_ = steering_ != nullptr ? WholeNs(*steering_->planner()) : 0;
}

void Adaptation::StartController(Cloud& cloud) const {
  cloud.controller.reset();
  if (steering_ != nullptr) {
    cloud.controller.emplace(steering_->planner(), options_);
    cloud.controller->SetPaused(paused_);
  }
}

Circumstances Adaptation::Now(const Cloud& cloud, const LinkEstimate& link) const {
  return {.link = link,
          .idle = cloud.fresh,
          .queue_ns = absl::ToDoubleNanoseconds(cloud.queue),
          .edge_slowdown = correction_.edge_slowdown(),
          .cloud_slowdown = cloud.correction.cloud_slowdown(),
          .lost = cloud.ready ? EngineMask{0} : kCloudEngines,
          .local_margin = margin_.margin()};
}

std::optional<size_t> Adaptation::TakeCloud(const std::set<size_t>& without, bool insist) {
  const absl::MutexLock lock(&mutex_);
  const MonotonicTime now = clock_.Now();
  std::vector<WorkerState> states;
  std::vector<size_t> ready;
  for (size_t i = 0; i < clouds_.size(); ++i) {
    const Cloud& cloud = clouds_[i];
    const bool out = !cloud.ready || without.contains(i) || !cloud.IsTrusted(now);
    states.push_back({.queue = cloud.queue,
                      .round_trip = out || clouds_.size() == 1 ? absl::ZeroDuration()
                                                               : RoundTrip(cloud.link, now),
                      .open = out || cloud.breaker.state(now) == CircuitBreaker::State::kOpen});
    if (!out) {
      ready.push_back(i);
    }
  }
  while (const std::optional<size_t> chosen = ChooseWorker(states, random_())) {
    if (clouds_[*chosen].breaker.Allow(now)) {
      latest_ = *chosen;
      return chosen;
    }
    states[*chosen].open = true;  // another request probes it
  }
  if (!insist || ready.empty()) {
    return std::nullopt;
  }
  return ready[random_() % ready.size()];
}

std::optional<Decision> Adaptation::Decide(const Steering& steering, std::optional<size_t> place) {
  const absl::MutexLock lock(&mutex_);
  Cloud& cloud = clouds_[place.value_or(latest_)];
  if (steering_.get() != &steering) {
    if (place) {
      cloud.breaker.OnUnused();
    }
    return std::nullopt;
  }
  const MonotonicTime now = clock_.Now();
  const LinkEstimate link = cloud.link.Estimate(now);
  Circumstances circumstances = Now(cloud, link);
  circumstances.lost = place ? EngineMask{0} : kCloudEngines;
  Decision decision = cloud.controller->Decide(now, circumstances);
  if (place && (decision.candidate < 0 || !steering.way(decision.candidate).uses_cloud())) {
    cloud.breaker.OnUnused();
  }
  if (decision.changed) {
    Log(LogLevel::kInfo, "cut_changed",
        {{"cut", steering.way(decision.candidate).cut.name}, {"reason", decision.reason}});
  }
  return decision;
}

void Adaptation::OnNewCloud(size_t place) {
  const absl::MutexLock lock(&mutex_);
  clouds_[place] = Cloud();
  StartController(clouds_[place]);
}

void Adaptation::OnCloud(size_t place, bool ready) {
  const absl::MutexLock lock(&mutex_);
  Cloud& cloud = clouds_[place];
  cloud.fresh = cloud.fresh || !ready;
  cloud.ready = ready;
}

void Adaptation::OnLink(size_t place, const LinkSample& sample, absl::Duration queue) {
  const absl::MutexLock lock(&mutex_);
  clouds_[place].queue = queue;
  LinkEstimator& link = clouds_[place].link;
  const MonotonicTime now = clock_.Now();
  const auto bytes = static_cast<double>(sample.bytes);
  switch (sample.kind) {
    case LinkSample::Kind::kUplink:
      link.AddUplink(now, {bytes, sample.taken, Bound::kExact});
      break;
    case LinkSample::Kind::kUplinkAtLeast:
      link.AddUplink(now, {bytes, sample.taken, Bound::kAtLeast});
      break;
    case LinkSample::Kind::kAcknowledged:
      link.AddAcknowledged(now, bytes, sample.taken);
      break;
    case LinkSample::Kind::kUnacknowledged:
      link.AddUnacknowledged(now, bytes, sample.taken);
      break;
    case LinkSample::Kind::kRoundTrip:
      link.AddRoundTrip(now, sample.taken);
      break;
    case LinkSample::Kind::kSilence:
      link.AddSilence(now, sample.taken);
      break;
  }
}

void Adaptation::OnSent(size_t place, uint64_t bytes) {
  const absl::MutexLock lock(&mutex_);
  clouds_[place].fresh = false;
  shadow_.OnSent(static_cast<double>(bytes));
}

void Adaptation::OnAnswered(size_t place) {
  const absl::MutexLock lock(&mutex_);
  clouds_[place].breaker.OnSuccess();
  clouds_[place].answered = clock_.Now();
}

void Adaptation::OnAnswer(size_t place, const Candidate& candidate, const Latency& latency) {
  const absl::MutexLock lock(&mutex_);
  if (!candidate.sends_input()) {
    correction_.Add(Term::kHead, Median(candidate.head_ns), latency.head);
  }
  correction_.Add(Term::kEncode, Median(candidate.encode_ns), latency.encode);
  if (candidate.stretch >= 1) {  // else most of it is over when the last byte comes
    clouds_[place].correction.Add(Term::kDecode, Median(candidate.decode_ns), latency.decode);
  }
  clouds_[place].correction.Add(Term::kTail, Median(candidate.tail_ns), latency.tail);
}

void Adaptation::OnCloudFailed(size_t place) {
  const absl::MutexLock lock(&mutex_);
  const MonotonicTime now = clock_.Now();
  clouds_[place].breaker.OnFailure(now, ChanceOfPause(now));
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

LinkMemory Adaptation::SaveLink(size_t cloud) const {
  const absl::MutexLock lock(&mutex_);
  return clouds_[cloud].link.Save(clock_.Now());
}

void Adaptation::RestoreLink(const LinkMemory& memory, absl::Duration ago, size_t cloud) {
  const absl::MutexLock lock(&mutex_);
  clouds_[cloud].link.Restore(memory, clock_.Now(), ago);
}

void Adaptation::SetPaused(bool paused) {
  const absl::MutexLock lock(&mutex_);
  paused_ = paused;
  for (Cloud& cloud : clouds_) {
    if (cloud.controller) {
      cloud.controller->SetPaused(paused);
    }
  }
}

bool Adaptation::paused() const {
  const absl::MutexLock lock(&mutex_);
  return paused_;
}

LinkEstimate Adaptation::EstimateLink() const {
  const absl::MutexLock lock(&mutex_);
  return clouds_[latest_].link.Estimate(clock_.Now());
}

LinkEstimate Adaptation::EstimateLink(size_t cloud) const {
  const absl::MutexLock lock(&mutex_);
  return clouds_[cloud].link.Estimate(clock_.Now());
}

int64_t Adaptation::changes() const {
  const absl::MutexLock lock(&mutex_);
  int64_t changes = 0;
  for (const Cloud& cloud : clouds_) {
    changes += cloud.controller ? cloud.controller->changes() : 0;
  }
  return changes;
}

}  // namespace tideline
