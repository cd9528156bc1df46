#include "tests/partitioner/planner/planner_oracle.h"

#include <algorithm>
#include <cmath>
#include <limits>
#include <optional>
#include <utility>

#include "tests/partitioner/planner/spread.h"

namespace tideline {
namespace {

constexpr double kTolerance = 1e-9;

// Round by round, as a sender lives through it.
double OracleTransfer(double bytes, double rate, double rtt, bool idle) {
  const TcpModel tcp;
  const double heartbeats = std::min(8 * tcp.heartbeat_bytes, rate / 2);
  const double chunk = std::min(std::max(rate * 0.02 / 8, 2048.0), 262144.0);
  const double ns_per_byte =
      std::max(8e9 / (rate - heartbeats) * (tcp.wire_factor + tcp.chunk_bytes / chunk),
               tcp.encrypt_ns_per_byte);
  double left = bytes + tcp.message_bytes;
  double time = rtt / 2 + tcp.message_ns;
  for (double window = tcp.initial_window; idle && left > window && window * ns_per_byte < rtt;
       window *= tcp.growth) {
    time += rtt;
    left -= window;
  }
  return time + left * ns_per_byte;
}

struct Wanted {
  Targets targets;
  Conditions conditions;
};

double OracleLatency(const OracleOption& option, const Wanted& wanted, double luck, double bytes) {
  const Conditions& now = wanted.conditions;
  double latency = option.head_ns * now.edge_slowdown;
  if (option.uses_cloud) {
    double up = now.link->up.At(1 - luck);
    if (wanted.targets.uplink) {
      up = std::min(up, wanted.targets.uplink->bits_per_second);
    }
    const double rtt = now.link->rtt.At(luck);
    // Encoding, sending and decoding: the longest of them and one stretch of each of the others.
    const double waiting = rtt / 2 + TcpModel().message_ns;
    const double encode = option.encode_ns * now.edge_slowdown;
    const double sending = OracleTransfer(bytes, up, rtt, now.idle) - waiting;
    const double decode = option.decode_ns * now.cloud_slowdown;
    latency += waiting + option.stretch * (encode + sending + decode) +
               (1 - option.stretch) * std::max({encode, sending, decode}) + now.queue_ns +
               option.tail_ns * now.cloud_slowdown +
               OracleTransfer(option.result_bytes, now.link->down.At(1 - luck), rtt, now.idle);
  }
  return latency;
}

double SendingNs(double bytes, double rate) {
  return OracleTransfer(bytes, rate, 0, /*idle=*/false) - TcpModel().message_ns;
}

double OracleJoules(const OracleOption& option, const Wanted& wanted, const Power& power) {
  const Conditions& now = wanted.conditions;
  const double joules = option.joules * now.edge_slowdown;
  if (!option.uses_cloud) {
    return joules;
  }
  const double cap = wanted.targets.uplink ? wanted.targets.uplink->bits_per_second
                                           : std::numeric_limits<double>::infinity();
  const double sending = SendingNs(option.bytes, std::min(now.link->up.median(), cap));
  const double busy = option.edge_ns() * now.edge_slowdown + sending;
  const double waiting = std::max(OracleLatency(option, wanted, 0.5, option.bytes) - busy, 0.0);
  const double radio_watts = std::max(*power.radio_watts, *power.idle_watts);
  return joules + (radio_watts * sending + *power.idle_watts * waiting) * 1e-9;
}

double OracleObjective(const OracleOption& option, const Wanted& wanted,
                       const OracleCase& oracle_case) {
  const Conditions& now = wanted.conditions;
  const double cloud = (option.decode_ns + option.tail_ns) * now.cloud_slowdown;
  switch (wanted.targets.objective) {
    case Objective::kLatency:
      return OracleLatency(option, wanted, 0.5, option.bytes);
    case Objective::kThroughput: {
      double slowest = std::max(option.edge_ns() * now.edge_slowdown, cloud);
      if (option.uses_cloud) {
        double up = now.link->up.median();
        up = wanted.targets.uplink ? std::min(up, wanted.targets.uplink->bits_per_second) : up;
        slowest = std::max({slowest, SendingNs(option.bytes, up),
                            SendingNs(option.result_bytes, now.link->down.median())});
      }
      return slowest;
    }
    case Objective::kEnergy:
      return OracleJoules(option, wanted, oracle_case.set->power);
    case Objective::kCost:
      return oracle_case.prices.per_cloud_second * cloud * 1e-9 +
             oracle_case.prices.per_byte * (option.bytes + option.result_bytes);
  }
  return 0;
}

// Whether the option may be chosen at all.
bool OracleAllows(const OracleOption& option, const Wanted& wanted) {
  const Targets& targets = wanted.targets;
  return (option.needs & wanted.conditions.lost) == 0 &&
         (targets.send_input || !option.sends_input) && option.depth >= targets.min_depth &&
         (!targets.leakage || option.leakage <= *targets.leakage);
}

// The largest share by which the option exceeds a limit.
double OracleViolation(const OracleOption& option, const Wanted& wanted, const Power& power) {
  const Targets& targets = wanted.targets;
  std::vector<std::pair<double, double>> pairs;  // what is, and what may be
  if (targets.latency) {
    pairs.emplace_back(OracleLatency(option, wanted, targets.latency_percentile, option.bytes_p95),
                       absl::ToDoubleNanoseconds(*targets.latency));
  }
  if (targets.accuracy_drop) {
    pairs.emplace_back(option.drop / 0.01, std::max(*targets.accuracy_drop / 0.01, 0.0));
  }
  if (targets.edge_memory) {
    pairs.emplace_back(option.memory, static_cast<double>(targets.edge_memory->count));
  }
  if (targets.energy_joules) {
    pairs.emplace_back(OracleJoules(option, wanted, power), *targets.energy_joules);
  }
  if (targets.uplink) {
    pairs.emplace_back(option.bytes * 8 * targets.requests_per_second,
                       targets.uplink->bits_per_second);
  }
  double worst = 0;
  for (const auto& [value, limit] : pairs) {
    worst = std::max(worst, value <= limit ? 0 : (value - limit) / limit);
  }
  return worst;
}

// Limits around what a random option needs, so that some of them bind and some cannot be met.
Targets RandomTargets(const OracleCase& oracle_case, OracleConstraint constraint,
                      const Conditions& now, std::mt19937& random) {
  const OracleOption& like = oracle_case.options[random() % oracle_case.options.size()];
  const auto has = [&](OracleConstraint one) {
    return constraint == one || constraint == OracleConstraint::kAll;
  };
  const auto around = [&](double value) { return value * Uniform(0.5, 1.3, random); };
  Targets targets;
  targets.latency_percentile = Uniform(0.5, 0.99, random);
  const Wanted plain{targets, now};
  if (has(OracleConstraint::kLatency)) {
    const double ns = OracleLatency(like, plain, targets.latency_percentile, like.bytes_p95);
    targets.latency = absl::Nanoseconds(std::max(around(ns), 2e6));
  }
  if (has(OracleConstraint::kAccuracy)) {
    targets.accuracy_drop = std::max(around(like.drop), 0.01);
  }
  if (has(OracleConstraint::kMemory)) {
    targets.edge_memory = ByteCount{static_cast<int64_t>(around(like.memory)) + (2 << 20)};
  }
  if (has(OracleConstraint::kEnergy)) {
    targets.energy_joules =
        std::max(around(OracleJoules(like, plain, oracle_case.set->power)), 2e-3);
  }
  if (has(OracleConstraint::kUplink)) {
    targets.requests_per_second = Spread(0.1, 100, random);
    targets.uplink = BitRate{around(like.bytes * 8 * targets.requests_per_second) + 1000};
  }
  targets.send_input = !has(OracleConstraint::kInput);
  targets.min_depth = has(OracleConstraint::kDepth) ? static_cast<int>(random() % 6) : 0;
  if (has(OracleConstraint::kLeakage)) {
    targets.leakage = Uniform(0, 1, random);
  }
  return targets;
}

bool Near(double a, double b) {
  return std::abs(a - b) <= kTolerance * std::max(std::abs(a), std::abs(b));
}

using OracleScore = std::optional<std::pair<double, double>>;  // violation and objective

// First the least violation, then the least objective, of the options that `counts`.
template <typename Counts>
OracleScore LeastOf(const OracleCase& oracle_case, const Wanted& wanted, Counts counts) {
  OracleScore best;
  for (const OracleOption& option : oracle_case.options) {
    if (OracleAllows(option, wanted) && counts(option)) {
      const std::pair score{OracleViolation(option, wanted, oracle_case.set->power),
                            OracleObjective(option, wanted, oracle_case)};
      best = best ? std::min(*best, score) : score;
    }
  }
  return best;
}

// The best by definition: the least, but for what is simpler and nearly as good.
OracleScore BestOf(const OracleCase& oracle_case, const Wanted& wanted) {
  const OracleScore best = LeastOf(oracle_case, wanted, [](const OracleOption&) { return true; });
  const OracleScore simple[] = {
      LeastOf(oracle_case, wanted, [](const OracleOption& option) { return !option.uses_cloud; }),
      LeastOf(oracle_case, wanted, [](const OracleOption& option) { return option.sends_input; })};
  for (const OracleScore& score : simple) {
    if (score && score->first <= best->first &&
        score->second <= best->second * (1 + wanted.targets.simpler_within)) {
      return score;
    }
  }
  return best;
}

Conditions RandomConditions(const Link& link, std::mt19937& random) {
  Conditions conditions{.link = &link, .idle = random() % 2 == 0};
  conditions.queue_ns = random() % 2 == 0 ? 0 : Spread(1e5, 1e9, random);
  conditions.edge_slowdown = Spread(0.2, 5, random);
  conditions.cloud_slowdown = Spread(0.1, 10, random);
  const EngineMask kLost[] = {0, 0, 0, 1, 2, kCloudEngines};
  conditions.lost = kLost[random() % std::size(kLost)];
  return conditions;
}

}  // namespace

std::string Disagreement(const OracleCase& oracle_case, Objective objective,
                         OracleConstraint constraint, std::mt19937& random) {
  const Conditions conditions = RandomConditions(oracle_case.link, random);
  Wanted wanted{RandomTargets(oracle_case, constraint, conditions, random), conditions};
  wanted.targets.objective = objective;
  wanted.targets.simpler_within = random() % 2 == 0 ? 0 : Uniform(0.01, 0.5, random);
  if (oracle_case.set->candidates.size() != oracle_case.options.size()) {
    return fmt::format("{} candidates, {} options", oracle_case.set->candidates.size(),
                       oracle_case.options.size());
  }
  const auto planner = Planner::Make(oracle_case.set, wanted.targets, oracle_case.prices);
  if (!planner.ok()) {
    return planner.status().ToString();
  }
  const Choice choice = planner->Choose(conditions);
  const auto best = BestOf(oracle_case, wanted);
  if (choice.found() != best.has_value()) {
    return fmt::format("found {}, there is {}", choice.found(), best.has_value());
  }
  if (!best) {
    return "";
  }
  const Score& score = choice.best().score;
  if (choice.met() != (best->first == 0) || !Near(score.violation, best->first) ||
      !Near(score.objective, best->second)) {
    return fmt::format("violation {} and objective {}, the best has {} and {}", score.violation,
                       score.objective, best->first, best->second);
  }
  return "";
}

}  // namespace tideline
