#include "partitioner/policy/tail_policy.h"

#include <algorithm>
#include <vector>

namespace tideline {
namespace {

constexpr double kTickNs = 1e6;  // of a scheduler, between the moment and the start
constexpr double kUnknownMargin = 1.5;
constexpr double kMarginQuantile = 0.99;
constexpr double kMostRatio = 10;  // a machine that slept teaches nothing
constexpr absl::Duration kTooShort = absl::Microseconds(50);

double Between(double from, double to, double share) { return from + share * (to - from); }

}  // namespace

double Arrival::At(double share) const {
  const auto above = std::ranges::lower_bound(kShares, share);
  const auto index = static_cast<size_t>(above - kShares.begin());
  if (index == 0) {
    return ns.front();
  }
  if (index == kShares.size()) {
    return ns.back();
  }
  const double place = (share - kShares[index - 1]) / (kShares[index] - kShares[index - 1]);
  return Between(ns[index - 1], ns[index], place);
}

double Arrival::ChanceBy(double by_ns) const {
  const auto above = std::ranges::upper_bound(ns, by_ns);
  const auto index = static_cast<size_t>(above - ns.begin());
  if (index == 0) {
    return 0;
  }
  if (index == ns.size()) {
    return 1;
  }
  const double place = (by_ns - ns[index - 1]) / (ns[index] - ns[index - 1]);
  return Between(kShares[index - 1], kShares[index], place);
}

TailPlan PlanTail(const TailOptions& options, const LocalWork& work, const Arrival& cloud) {
  if (options.mode == TailMode::kDeadline) {
    if (options.deadline == absl::InfiniteDuration()) {
      return {};
    }
    const double latest =
        absl::ToDoubleNanoseconds(options.deadline) - work.finish_ns * options.margin - kTickNs;
    return {std::max(latest, work.ready_ns)};
  }
  // The chance that it comes in time where it has not by s is (F(in time) - F(s)) / (1 - F(s)),
  // which falls below the limit at F(s) = (F(in time) - limit) / (1 - limit).
  const double share = (cloud.ChanceBy(work.whole_ns) - kRaceChance) / (1 - kRaceChance);
  return {share < 0 ? work.ready_ns : std::max(work.ready_ns, cloud.At(share))};
}

void LocalMargin::Add(absl::Duration expected, absl::Duration measured) {
  if (expected < kTooShort) {
    return;
  }
  ratios_.push_back(std::clamp(absl::FDivDuration(measured, expected), 0.0, kMostRatio));
  if (ratios_.size() > kMost) {
    ratios_.pop_front();
  }
}

double LocalMargin::margin() const {
  if (ratios_.empty()) {
    return kUnknownMargin;
  }
  std::vector<double> sorted(ratios_.begin(), ratios_.end());
  std::ranges::sort(sorted);
  const double count = static_cast<double>(sorted.size());
  const auto place = static_cast<size_t>(kMarginQuantile * count);
  const double quantile = sorted[std::min(place, sorted.size() - 1)];
  return std::max(1.0, quantile + (kUnknownMargin - 1) / (1 + count));
}

}  // namespace tideline
