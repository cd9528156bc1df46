#include "partitioner/policy/outlook.h"

#include <algorithm>
#include <cmath>
#include <limits>

namespace tideline {
namespace {

constexpr double kInfinite = std::numeric_limits<double>::infinity();
constexpr double kLateCost = 3;  // of an answer that is late, in times of what is due
// Of everything that is sent: what gains less than this by it is not worth the bytes.
constexpr double kSendingCost = 0.03;
constexpr double kTooLateCost = 20;  // of one that is later than any may be

constexpr std::array<size_t, 5> kLooks = {1, 3, 6, 9, 11};  // moments that are asked for their best

Link Moment(const Link& link, double luck) {
  Link moment;
  moment.up = Quantiles(link.up.At(1 - luck));
  moment.down = Quantiles(link.down.At(1 - luck));
  moment.rtt = Quantiles(link.rtt.At(luck));
  moment.tcp = link.tcp;
  return moment;
}

}  // namespace

std::vector<int> EdgeCandidates(const Planner& planner) {
  std::vector<int> edge;
  const std::vector<Candidate>& candidates = planner.set().candidates;
  for (size_t i = 0; i < candidates.size(); ++i) {
    if (!candidates[i].uses_cloud() && planner.Allows(candidates[i])) {
      edge.push_back(static_cast<int>(i));
    }
  }
  return edge;
}

OutlookMaker::OutlookMaker(const Planner& planner, std::span<const int> edge,
                           const Conditions& conditions, const TailOptions& tail)
    : planner_(planner),
      conditions_(conditions),
      tail_(tail),
      deadline_ns_(absl::ToDoubleNanoseconds(tail.deadline)) {
  for (size_t i = 0; i < moments_.size(); ++i) {
    moments_[i] = Moment(*conditions.link, Arrival::kShares[i]);
  }
  for (const int index : edge) {
    if ((planner.candidate(index).needs() & conditions.lost) == 0) {
      edge_.push_back(index);
    }
  }
  edge_ns_ = WholeNs(/*edge_engine=*/-1);
}

Conditions OutlookMaker::At(size_t moment) const {
  Conditions conditions = conditions_;
  conditions.link = &moments_[moment];
  return conditions;
}

std::vector<int> OutlookMaker::Promising() const {
  std::vector<int> promising = edge_;
  for (const size_t moment : kLooks) {
    const Choice choice = planner_.Choose(At(moment));
    for (int i = 0; i < choice.count; ++i) {
      promising.push_back(choice.ranked[i].candidate);
    }
  }
  std::ranges::sort(promising);
  const auto repeated = std::ranges::unique(promising);
  promising.erase(repeated.begin(), repeated.end());
  return promising;
}

// Of the whole network with an engine; with any where `edge_engine` is -1.
double OutlookMaker::WholeNs(int edge_engine) const {
  double least = kInfinite;
  for (const int index : edge_) {
    const Candidate& candidate = planner_.candidate(index);
    if (edge_engine < 0 || candidate.edge_engine == edge_engine) {
      least = std::min(least, candidate.head_ns.median * conditions_.edge_slowdown);
    }
  }
  return least;
}

LocalWork OutlookMaker::WorkOf(const Candidate& candidate) const {
  const double slowdown = conditions_.edge_slowdown;
  const double head = candidate.head_ns.median * slowdown;
  return {.ready_ns = head + candidate.encode_ns.median * slowdown,
          .finish_ns = std::max(WholeNs(candidate.edge_engine) - head, 0.0),
          .whole_ns = edge_ns_};
}

Outlook OutlookMaker::Make(int index) const {
  const Candidate& candidate = planner_.candidate(index);
  Outlook outlook{.candidate = index};
  outlook.violation = planner_.ScoreOf(index, conditions_).violation;
  const bool latency = planner_.targets().objective == Objective::kLatency;
  for (size_t i = 0; i < moments_.size(); ++i) {
    const Score score = planner_.ScoreOf(index, At(i));
    outlook.cloud.ns[i] = score.latency_ns;
    outlook.mean += Arrival::kWeights[i] * score.objective;
  }
  outlook.cost = outlook.mean;
  const LocalWork work = WorkOf(candidate);
  if (candidate.uses_cloud()) {
    outlook.tail = PlanTail(tail_, work, outlook.cloud);
  }
  if (latency) {
    WeighLatency(work, outlook);
  }
  return outlook;
}

void OutlookMaker::WeighLatency(const LocalWork& work, Outlook& outlook) const {
  const double local = outlook.tail.start_ns + work.finish_ns;  // infinite where either is
  outlook.mean = 0;
  for (size_t i = 0; i < outlook.cloud.ns.size(); ++i) {
    outlook.mean += Arrival::kWeights[i] * std::min(outlook.cloud.ns[i], local);
  }
  const bool sends = planner_.candidate(outlook.candidate).uses_cloud();
  outlook.cost = (sends ? 1 + kSendingCost : 1) * outlook.mean + LateCost(outlook, local);
  const double due = tail_.mode == TailMode::kRace ? edge_ns_ : deadline_ns_;
  outlook.wins = outlook.cloud.ChanceBy(local);
  outlook.late = local <= due ? 0 : 1 - outlook.cloud.ChanceBy(due);
}

// `local`: when the local finish ends.
double OutlookMaker::LateCost(const Outlook& outlook, double local) const {
  const auto chance_after = [&](double limit) {
    return local <= limit ? 0 : 1 - outlook.cloud.ChanceBy(limit);
  };
  double cost = 0;
  const bool race = tail_.mode == TailMode::kRace;
  if (!race && deadline_ns_ < kInfinite) {
    cost += kLateCost * deadline_ns_ * chance_after(deadline_ns_);
  }
  // Without a deadline and with nothing to finish with, nothing is too late.
  const double latest = (1 + kLateness) * (race ? edge_ns_ : std::max(edge_ns_, deadline_ns_));
  if (latest < kInfinite) {
    const double chance = chance_after(latest);
    cost += chance > kMostLate ? kTooLateCost * latest * chance : 0;
  }
  return cost;
}

}  // namespace tideline
