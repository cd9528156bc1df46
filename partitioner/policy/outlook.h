#pragma once

#include <array>
#include <span>
#include <vector>

#include "partitioner/planner/planner.h"
#include "partitioner/policy/tail_policy.h"

namespace tideline {

// What a request may expect of a candidate when the local finish is counted in.
struct Outlook {
  int candidate = -1;
  double violation = 0;  // Score::violation over the whole distribution of the link
  double cost = 0;       // what is minimized: `mean` and what lateness costs
  double mean = 0;       // of the objective; for latency, ns until the first answer
  double wins = 1;       // chance that the cloud answers before a local finish
  double late = 0;       // chance that the answer comes after what is due
  Arrival cloud;         // of the cloud's answer, or of the local one at "edge"
  TailPlan tail;         // never at "edge"
};

// The candidates at "edge" that privacy allows.
std::vector<int> EdgeCandidates(const Planner& planner);

// Weighs candidates under the conditions of one request. Borrows everything. Thread-compatible.
//
// The link is a distribution, and so is the cloud's answer; the local finish bounds it from above,
// wherever the plan lets it start. A plan whose bad case is answered at the deadline costs that
// much in the bad case, and one whose head leaves too little time for a finish costs more. What is
// due is the deadline, and in a race the edge's own time. No plan may be later than the later one
// of the two by more than kLateness in more than kMostLate of the time, as long as any other one
// may not.
class OutlookMaker {
 public:
  static constexpr double kLateness = 0.03;
  static constexpr double kMostLate = 0.005;

  OutlookMaker(const Planner& planner, std::span<const int> edge, const Conditions& conditions,
               const TailOptions& tail);

  Outlook Make(int candidate) const;

  // The candidates that may be best at some moment of the link, and the best ones at "edge".
  std::vector<int> Promising() const;

 private:
  Conditions At(size_t moment) const;
  double WholeNs(int edge_engine) const;
  LocalWork WorkOf(const Candidate& candidate) const;
  double LateCost(const Outlook& outlook, double local) const;
  void WeighLatency(const LocalWork& work, Outlook& outlook) const;

  const Planner& planner_;
  const Conditions& conditions_;
  TailOptions tail_;
  double deadline_ns_;
  // The link at each of Arrival::kShares, worst last.
  std::array<Link, Arrival::kShares.size()> moments_;
  std::vector<int> edge_;  // the candidates at "edge" that may be chosen
  double edge_ns_ = 0;     // of the fastest of them; infinite where there is none
};

}  // namespace tideline
