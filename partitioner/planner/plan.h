#pragma once

#include <array>
#include <cstdint>
#include <optional>
#include <string_view>

#include "absl/time/time.h"

#include "common/base/units.h"
#include "partitioner/planner/candidates.h"
#include "partitioner/planner/link.h"

// The words of a choice: what is wanted, under which conditions, and what a candidate then costs.
namespace tideline {

enum class Objective { kLatency, kThroughput, kEnergy, kCost };

constexpr std::array<std::string_view, 4> EnumNames(Objective) {
  return {"latency", "throughput", "energy", "cost"};
}

// When a request that went to the cloud is finished locally all the same: as late as its deadline
// allows, or as soon as the cloud may be slower than the edge alone would have been.
enum class TailMode { kDeadline, kRace };

constexpr std::array<std::string_view, 2> EnumNames(TailMode) { return {"deadline", "race"}; }

// What a person wants. Only what is set is a constraint.
struct Targets {
  Objective objective = Objective::kLatency;

  // A percentile of the latency over the link's distribution, with bytes at their 95th percentile.
  std::optional<absl::Duration> latency;
  double latency_percentile = 0.99;
  std::optional<double> accuracy_drop;   // a fraction
  std::optional<ByteCount> edge_memory;  // for the model
  std::optional<double> energy_joules;   // of the edge, per request
  // The most that may be sent: nothing is sent faster, and at `requests_per_second`, where that is
  // above 0, all requests together stay below it.
  std::optional<BitRate> uplink;
  double requests_per_second = 0;

  // "edge", or else "input", is taken where its objective is no more than this fraction above the
  // best one's and it exceeds no limit by more: times are not known to that, and the best of many
  // splits is partly the luckiest. 0: the best is taken.
  double simpler_within = 0;

  // Privacy. A candidate that breaks it is never chosen.
  bool send_input = true;
  int min_depth = 0;              // groups before the nearest value that is sent
  std::optional<double> leakage;  // 0 to 1, structural similarity
};

// What things cost, for Objective::kCost, in any currency.
struct Prices {
  double per_cloud_second = 0;
  double per_byte = 0;  // sent in either direction
};

// What is so right now. Borrows the link for the call that it is given to.
struct Conditions {
  const Link* link = nullptr;
  // The connection is new, or has been idle for longer than heartbeats let it: it begins with a
  // small window.
  bool idle = false;
  double queue_ns = 0;        // that a request waits in the cloud
  double edge_slowdown = 1;   // measured over profiled time; above 0
  double cloud_slowdown = 1;  // likewise
  EngineMask lost = 0;        // engines that cannot be used; kCloudEngines: the cloud is away
};

// One candidate under given conditions, every term by itself.
struct Terms {
  // Nanoseconds at the link's median.
  double head_ns = 0;
  double encode_ns = 0;
  double up_ns = 0;      // from when all is encoded
  double decode_ns = 0;  // from when all has arrived
  double queue_ns = 0;
  double tail_ns = 0;
  double down_ns = 0;

  double latency_ns = 0;  // the sum
  // With the ends of the measured intervals and of the bytes, and with what the sum itself may be
  // wrong by.
  double latency_low_ns = 0;
  double latency_high_ns = 0;
  double percentile_ns = 0;  // at Targets::latency_percentile
  double period_ns = 0;      // between two results of a pipelined stream: its slowest stage
  double energy_joules = 0;  // of the edge: computing, sending, waiting
  double cost = 0;           // by Prices
};

// A candidate as it is compared: first what comes to less violation, then less objective, then less
// latency.
struct Score {
  // By how much the worst kept constraint is exceeded, as a fraction of its limit; 0: all are met.
  double violation = 0;
  double objective = 0;   // ns, ns per result, joules or cost
  double latency_ns = 0;  // at the link's median

  auto operator<=>(const Score&) const = default;
};

struct Ranked {
  int candidate = -1;  // index into CandidateSet::candidates
  Score score;
};

// The best candidate and those behind it, best first.
struct Choice {
  static constexpr int kMost = 4;

  std::array<Ranked, kMost> ranked;
  int count = 0;  // 0: privacy and the engines that are left allow nothing

  bool found() const { return count > 0; }
  const Ranked& best() const { return ranked[0]; }
  // Whether every target is met. Where not, the best is the one that misses them by least.
  bool met() const { return found() && best().score.violation == 0; }
};

// The link at one moment: `luck` is the share of the time in which it is worse. The rates and the
// round trip are taken to be bad together, so a percentile is never promised too low.
struct LinkMoment {
  LinkMoment(const Link& link, double luck, bool idle, const std::optional<BitRate>& cap);

  Transfer up;
  Transfer down;
};

}  // namespace tideline
