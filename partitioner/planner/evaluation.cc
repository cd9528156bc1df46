#include "partitioner/planner/evaluation.h"

#include <algorithm>

namespace tideline {
namespace {

constexpr double kLeastDrop = 0.01;
constexpr double kLeastBytes = 1 << 20;
constexpr double kLeastBits = 1;
constexpr double kLeastNs = 1e6;
constexpr double kLeastJoules = 1e-3;
// How far a latency in the lab may be from the sum of terms that are all known, as a fraction
// (tests/bench/run planner).
constexpr double kModelError = 0.08;

// By how much `value` exceeds `limit`, as a fraction of it; `least` stands in for a limit of 0.
double Excess(double value, double limit, double least) {
  return value <= limit ? 0 : (value - limit) / std::max(limit, least);
}

double StandingViolation(const Candidate& candidate, const Targets& targets) {
  double worst = 0;
  if (targets.accuracy_drop) {
    worst = std::max(worst, Excess(candidate.accuracy_drop, *targets.accuracy_drop, kLeastDrop));
  }
  if (targets.edge_memory) {
    const auto limit = static_cast<double>(targets.edge_memory->count);
    worst = std::max(worst, Excess(candidate.memory_bytes, limit, kLeastBytes));
  }
  if (targets.uplink) {
    const double bits = 8 * candidate.bytes_up.median * targets.requests_per_second;
    worst = std::max(worst, Excess(bits, targets.uplink->bits_per_second, kLeastBits));
  }
  return worst;
}

}  // namespace

CandidateRow MakeRow(const CandidateSet& set, int index, const Targets& targets) {
  const Candidate& candidate = set.candidates[index];
  return {.edge_ns = candidate.edge_ns(),
          .cloud_ns = candidate.cloud_ns(),
          .stretch = candidate.stretch,
          .bytes_up = candidate.bytes_up.median,
          .bytes_up_high = candidate.bytes_up.high,
          .bytes_down = candidate.bytes_down,
          .energy_joules = candidate.energy_joules,
          .violation = StandingViolation(candidate, targets),
          .needs = candidate.needs(),
          .candidate = index,
          .uses_cloud = candidate.uses_cloud(),
          .first_ns = candidate.first_ns(),
          .last_ns = candidate.last_ns(),
          .first_joules = candidate.first_joules(set.power)};
}

Evaluation::Evaluation(const Situation& situation)
    : targets_(situation.targets),
      prices_(situation.prices),
      conditions_(situation.conditions),
      usual_(*conditions_.link, 0.5, conditions_.idle, targets_.uplink),
      bad_(*conditions_.link, targets_.latency_percentile, conditions_.idle, targets_.uplink),
      about_energy_(IsAboutEnergy(targets_)),
      idle_watts_(situation.power.idle_watts.value_or(0)),
      radio_watts_(std::max(situation.power.radio_watts.value_or(0), idle_watts_)),
      latency_limit_ns_(targets_.latency
                            ? std::optional(absl::ToDoubleNanoseconds(*targets_.latency))
                            : std::nullopt) {}

double Evaluation::Latency(const LinkMoment& link, const CandidateRow& row, double bytes_up) const {
  const double edge = row.edge_ns * conditions_.edge_slowdown;
  if (!row.uses_cloud) {
    return edge;
  }
  if (row.stretch < 1) {
    return ChainsOf(link, row, bytes_up).latency_ns();
  }
  return edge + link.up(bytes_up) + conditions_.queue_ns +
         row.cloud_ns * conditions_.cloud_slowdown + link.down(row.bytes_down);
}

Evaluation::Chains Evaluation::ChainsOf(const LinkMoment& link, const CandidateRow& row,
                                        double bytes_up) const {
  const double edge = row.edge_ns * conditions_.edge_slowdown;
  const double first = row.first_ns * conditions_.edge_slowdown;
  if (!row.uses_cloud) {
    return {edge, first};
  }
  const double down = link.down(row.bytes_down);
  const auto chain = [&](double edge_ns, double up_ns, double cloud_ns) {
    return edge_ns + up_ns + conditions_.queue_ns + cloud_ns * conditions_.cloud_slowdown + down;
  };
  const double up = link.up(bytes_up);
  const double last = link.up.Last(bytes_up, row.stretch);
  return {chain(edge, last, row.last_ns),
          std::max(chain(first, last, row.cloud_ns), chain(first, up, row.last_ns))};
}

double Evaluation::Period(const CandidateRow& row) const {
  const double edge = row.edge_ns * conditions_.edge_slowdown;
  if (!row.uses_cloud) {
    return edge;
  }
  return std::max({edge, usual_.up.SendingNs(row.bytes_up),
                   row.cloud_ns * conditions_.cloud_slowdown,
                   usual_.down.SendingNs(row.bytes_down)});
}

// Computing, sending, and waiting for as long as latency is longer than both. Waiting falls where
// encoding alone grows; chain by chain nothing does: either the chain has all of the encoding in
// it, or first_joules has what the rest of it takes beyond idling. Nor does anything fall where
// bytes grow, as who sends is taken to draw no less than who idles.
double Evaluation::Energy(const CandidateRow& row, double latency_ns) const {
  const double sending_ns = row.uses_cloud ? usual_.up.SendingNs(row.bytes_up) : 0;
  const auto energy = [&](double joules, double computing_ns, double chain_ns) {
    const double slowed_ns = computing_ns * conditions_.edge_slowdown;
    const double waiting_ns = std::max(0.0, chain_ns - slowed_ns - sending_ns);
    return joules * conditions_.edge_slowdown +
           1e-9 * (radio_watts_ * sending_ns + idle_watts_ * waiting_ns);
  };
  if (row.stretch == 1) {
    return energy(row.energy_joules, row.edge_ns, latency_ns);
  }
  const Chains chains = ChainsOf(usual_, row, row.bytes_up);
  return std::max(energy(row.energy_joules, row.edge_ns, chains.encoding_ns),
                  energy(row.first_joules, row.first_ns, chains.sending_ns));
}

double Evaluation::Cost(const CandidateRow& row) const {
  if (!row.uses_cloud) {
    return 0;
  }
  const double cloud_ns = row.cloud_ns * conditions_.cloud_slowdown;
  return 1e-9 * prices_.per_cloud_second * cloud_ns +
         prices_.per_byte * (row.bytes_up + row.bytes_down);
}

Score Evaluation::ScoreOf(const CandidateRow& row) const {
  Score score{.violation = row.violation, .latency_ns = Latency(usual_, row, row.bytes_up)};
  const double energy = about_energy_ ? Energy(row, score.latency_ns) : 0;
  if (latency_limit_ns_) {
    const double latency = Latency(bad_, row, row.bytes_up_high);
    score.violation = std::max(score.violation, Excess(latency, *latency_limit_ns_, kLeastNs));
  }
  if (targets_.energy_joules) {
    score.violation =
        std::max(score.violation, Excess(energy, *targets_.energy_joules, kLeastJoules));
  }
  switch (targets_.objective) {
    case Objective::kLatency:
      score.objective = score.latency_ns;
      break;
    case Objective::kThroughput:
      score.objective = Period(row);
      break;
    case Objective::kEnergy:
      score.objective = energy;
      break;
    case Objective::kCost:
      score.objective = Cost(row);
      break;
  }
  return score;
}

Terms Evaluation::TermsOf(const CandidateRow& row, const Candidate& candidate) const {
  const double edge = conditions_.edge_slowdown;
  const double cloud = conditions_.cloud_slowdown;
  Terms terms{.head_ns = edge * candidate.head_ns.median,
              .encode_ns = edge * candidate.encode_ns.median};
  if (row.uses_cloud) {
    const double busy = usual_.up.BusyNs(row.bytes_up);
    const double decode = cloud * candidate.decode_ns.median;
    const double beside = 1 - row.stretch;  // of the shorter one of two steps, beside the other
    terms.up_ns = usual_.up(row.bytes_up) - beside * std::min(busy, terms.encode_ns);
    terms.decode_ns = decode - beside * std::min(decode, std::max(busy, terms.encode_ns));
    terms.queue_ns = conditions_.queue_ns;
    terms.tail_ns = cloud * candidate.tail_ns.median;
    terms.down_ns = usual_.down(row.bytes_down);
  }
  const auto at = [&](Candidate::End end) {
    CandidateRow other = row;
    other.edge_ns = candidate.edge_ns(end);
    other.first_ns = candidate.first_ns(end);
    other.cloud_ns = candidate.cloud_ns(end);
    other.last_ns = candidate.last_ns(end);
    return other;
  };
  const CandidateRow low = at(&Estimate::low);
  const CandidateRow high = at(&Estimate::high);
  terms.latency_ns = Latency(usual_, row, row.bytes_up);
  terms.latency_low_ns = (1 - kModelError) * Latency(usual_, low, candidate.bytes_up.low);
  terms.latency_high_ns = (1 + kModelError) * Latency(usual_, high, row.bytes_up_high);
  terms.percentile_ns = Latency(bad_, row, row.bytes_up_high);
  terms.period_ns = Period(row);
  terms.energy_joules = Energy(row, terms.latency_ns);
  terms.cost = Cost(row);
  return terms;
}

}  // namespace tideline
