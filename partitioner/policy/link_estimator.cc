#include "partitioner/policy/link_estimator.h"

#include <algorithm>
#include <cmath>
#include <vector>

namespace tideline {
namespace {

// A guess where nothing is known: from the slowest to the fastest links of edges.
Quantiles UnknownRate() {
  static const auto& guess =
      *new Quantiles(Quantiles::Make({{0.01, 0.05e6}, {0.5, 2e6}, {0.99, 50e6}}).value());
  return guess;
}

Quantiles UnknownRoundTrip() {
  static const auto& guess =
      *new Quantiles(Quantiles::Make({{0.01, 5e6}, {0.5, 50e6}, {0.99, 400e6}}).value());
  return guess;
}

// What a clock, a thread and a kernel blur a round trip by, at least.
constexpr double kLeastBlurNs = 3e6;
constexpr double kClear = 4;  // times that: what takes longer is sending

constexpr double kUnknownSpread = 1.5;
// By how much older than the uplink's its last measurement may be to be used as it is.
constexpr absl::Duration kDownlinkHolds = absl::Seconds(1);

// Round trips come five times a second, and are what shows a fade while nothing is sent.
constexpr TrackerOptions kRoundTrip = {.half_life = absl::Seconds(5),
                                       .half_count = 12,
                                       .least_spread = 0.1,
                                       .lone_spread = 0.1,
                                       .drift = 1e-3,
                                       .most_spread = 0.5};

std::vector<SavedSample> SaveSamples(const Tracker& tracker, MonotonicTime now) {
  std::vector<SavedSample> saved;
  for (const RecentSamples::Sample& sample : tracker.samples().samples()) {
    saved.push_back({absl::ToDoubleSeconds(now - sample.at), std::exp(sample.value)});
  }
  return saved;
}

void RestoreSamples(const std::vector<SavedSample>& saved, MonotonicTime now, Tracker& tracker) {
  for (const SavedSample& sample : saved) {
    tracker.Add(now - absl::Seconds(sample.age_seconds), sample.value);
  }
}

}  // namespace

LinkEstimator::LinkEstimator(const TcpModel& tcp) : tcp_(tcp), round_trip_(kRoundTrip) {}

// The rate of a link at which so many bytes of tensors, with all that is sent around them, take so
// long. The planner's own model says what is around them; it hardly depends on the rate.
void LinkEstimator::AddTransfer(MonotonicTime now, const TransferSample& sample,
                                Tracker& tracker) const {
  const double seconds = absl::ToDoubleSeconds(sample.taken);
  if (!(sample.bytes > 0 && seconds > 0)) {
    return;
  }
  const double payload_rate = 8 * sample.bytes / seconds;
  const Transfer transfer(payload_rate, /*rtt_ns=*/0, tcp_, /*idle=*/false);
  const double sending_ns = transfer.SendingNs(sample.bytes) - transfer.SendingNs(0);
  tracker.Add(now, payload_rate * sending_ns * 1e-9 / seconds, sample.bound);
}

// What makes the uplink jump is mostly another cell or another network.
void LinkEstimator::AddUplink(MonotonicTime now, const TransferSample& sample) {
  const int64_t changes = up_.changes();
  AddTransfer(now, sample, up_);
  if (up_.changes() != changes) {
    down_.Forget(up_.forgotten());
  }
}

void LinkEstimator::AddDownlink(MonotonicTime now, const TransferSample& sample) {
  const bool first = !down_.known();
  AddTransfer(now, sample, down_);
  if (up_.known() && down_.known() && (first || sample.bound == Bound::kExact)) {
    ratio_.Add(now, std::exp(down_.samples().newest().value - up_.samples().newest().value));
  }
}

void LinkEstimator::AddAcknowledged(MonotonicTime now, double bytes, absl::Duration elapsed) {
  if (!round_trip_.known()) {
    return;
  }
  const UsualRoundTrip usual = Usual(now);
  const double taken_ns = absl::ToDoubleNanoseconds(elapsed) - usual.ns;
  const Bound bound = taken_ns > kClear * usual.blur_ns ? Bound::kExact : Bound::kAtLeast;
  AddUplink(now, {bytes + tcp_.message_bytes, absl::Nanoseconds(std::max(taken_ns, usual.blur_ns)),
                  bound});
}

LinkEstimator::UsualRoundTrip LinkEstimator::Usual(MonotonicTime now) const {
  const Quantiles round_trip = round_trip_.Estimate(now);
  return {round_trip.At(0.25), std::max(kLeastBlurNs, round_trip.median() - round_trip.At(0.05))};
}

void LinkEstimator::AddUnacknowledged(MonotonicTime now, double bytes, absl::Duration elapsed) {
  if (!round_trip_.known()) {
    return;
  }
  const UsualRoundTrip usual = Usual(now);
  const double taken_ns = absl::ToDoubleNanoseconds(elapsed) - usual.ns - usual.blur_ns;
  AddUplink(now, {bytes, absl::Nanoseconds(taken_ns), Bound::kAtMost});
}

void LinkEstimator::AddRoundTrip(MonotonicTime now, absl::Duration round_trip) {
  round_trip_.Add(now, absl::ToDoubleNanoseconds(round_trip));
}

void LinkEstimator::AddSilence(MonotonicTime now, absl::Duration age) {
  round_trip_.Add(now, absl::ToDoubleNanoseconds(age), Bound::kAtLeast);
}

Quantiles LinkEstimator::Downlink(MonotonicTime now, const Quantiles& up) const {
  if (!down_.known()) {
    return ratio_.known() ? up.Scaled(ratio_.Estimate(now).median()) : up;
  }
  const bool holds = !up_.known() || up_.updated() - down_.updated() <= kDownlinkHolds;
  if (holds || !ratio_.known()) {
    return down_.Estimate(now);
  }
  return up.Scaled(ratio_.Estimate(now).median());
}

LinkEstimate LinkEstimator::Estimate(MonotonicTime now) const {
  LinkEstimate estimate{.known = up_.known(), .uncertainty = kUnknownSpread};
  Link& link = estimate.link;
  link.name = "measured";
  link.tcp = tcp_;
  link.up = up_.known() ? up_.Estimate(now) : UnknownRate();
  link.down = Downlink(now, link.up);
  link.rtt = round_trip_.known() ? round_trip_.Estimate(now) : UnknownRoundTrip();
  if (up_.known()) {
    estimate.uncertainty = up_.Spread(now);
    estimate.age = now - up_.updated();
    estimate.changes = up_.changes();
    estimate.open_above = up_.open_above();
  }
  return estimate;
}

LinkMemory LinkEstimator::Save(MonotonicTime now) const {
  return {SaveSamples(up_, now), SaveSamples(down_, now), SaveSamples(round_trip_, now)};
}

void LinkEstimator::Restore(const LinkMemory& state, MonotonicTime now, absl::Duration ago) {
  *this = LinkEstimator(tcp_);
  RestoreSamples(state.up, now - ago, up_);
  RestoreSamples(state.down, now - ago, down_);
  RestoreSamples(state.round_trip, now - ago, round_trip_);
}

}  // namespace tideline
