#pragma once

#include <algorithm>
#include <optional>

#include "partitioner/planner/candidates.h"
#include "partitioner/planner/plan.h"

// What candidates cost under given conditions. Private to partitioner/planner. Everything here is
// pure and grows, or stays, with each figure of a candidate.
namespace tideline {

// What a comparison needs of a candidate.
struct CandidateRow {
  double edge_ns = 0;  // Candidate::edge_ns, …
  double cloud_ns = 0;
  double stretch = 1;
  double bytes_up = 0;
  double bytes_up_high = 0;
  double bytes_down = 0;
  double energy_joules = 0;
  double violation = 0;  // of the constraints that no condition changes
  EngineMask needs = 0;
  int candidate = -1;  // index into CandidateSet::candidates
  bool uses_cloud = false;
  double first_ns = 0;  // from here on as edge_ns, … where there are no stretches
  double last_ns = 0;
  double first_joules = 0;
};

CandidateRow MakeRow(const CandidateSet& set, int candidate, const Targets& targets);

// Whether any target needs the edge's energy.
inline bool IsAboutEnergy(const Targets& targets) {
  return targets.objective == Objective::kEnergy || targets.energy_joules.has_value();
}

// Everything that a score depends on beside the candidate. Borrowed.
struct Situation {
  const Targets& targets;
  const Prices& prices;
  const Power& power;
  const Conditions& conditions;
};

// A situation made ready for many rows. Borrows what it is made from.
class Evaluation {
 public:
  explicit Evaluation(const Situation& situation);

  Score ScoreOf(const CandidateRow& row) const;
  Terms TermsOf(const CandidateRow& row, const Candidate& candidate) const;

 private:
  // With coding in n stretches latency is the longest of three chains, each a sum: all is encoded,
  // then the last stretch sent and decoded; the first one is encoded and sent, then all decoded;
  // the first one is encoded, then all sent, then the last one decoded. With s = 1/n of encoding E,
  // sending U and decoding D that is s (E + U + D) + (1 - s) max(E, U, D), with head, link, queue
  // and tail around it. For n = 1 all three are one sum.
  struct Chains {
    double encoding_ns = 0;  // the first one
    double sending_ns = 0;   // the longer one of the others

    double latency_ns() const { return std::max(encoding_ns, sending_ns); }
  };
  Chains ChainsOf(const LinkMoment& link, const CandidateRow& row, double bytes_up) const;
  double Latency(const LinkMoment& link, const CandidateRow& row, double bytes_up) const;
  double Period(const CandidateRow& row) const;
  double Energy(const CandidateRow& row, double latency_ns) const;
  double Cost(const CandidateRow& row) const;

  const Targets& targets_;
  const Prices& prices_;
  const Conditions& conditions_;
  const LinkMoment usual_;  // the link's median
  const LinkMoment bad_;    // at the percentile of the target
  const bool about_energy_;
  const double idle_watts_;
  const double radio_watts_;
  const std::optional<double> latency_limit_ns_;
};

}  // namespace tideline
