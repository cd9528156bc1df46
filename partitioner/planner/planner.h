#pragma once

#include <array>
#include <memory>
#include <optional>
#include <vector>

#include "common/base/status.h"
#include "partitioner/planner/candidate_tree.h"
#include "partitioner/planner/candidates.h"
#include "partitioner/planner/evaluation.h"
#include "partitioner/planner/plan.h"

namespace tideline {

// Chooses among candidates by targets. Immutable, thread-safe; nothing blocks or allocates unless
// it returns a vector. A planner is made when targets, profiles or the ready cuts change; Choose is
// called for every request.
class Planner {
 public:
  // Choose looks at few candidates while cloud_slowdown / edge_slowdown lies from 1 / kMostRatio to
  // kMostRatio, and at the whole front outside that.
  static constexpr double kMostRatio = 16;

  // Errors: FailedPrecondition where an energy target meets an edge whose power nobody knows;
  // InvalidArgument for targets or prices that cannot be (negative, not a number), or no candidate.
  static absl::StatusOr<Planner> Make(std::shared_ptr<const CandidateSet> set,
                                      const Targets& targets, const Prices& prices = {});

  // The same candidates and prices with other targets. Errors: as Make.
  absl::StatusOr<Planner> With(const Targets& targets) const {
    return Make(set_, targets, prices_);
  }

  // The best of all candidates and up to three that may be best on another link or under another
  // load. Exact: no candidate has less violation, or less of the objective with no more violation;
  // but for the simpler one that Targets::simpler_within puts first. Microseconds.
  Choice Choose(const Conditions& conditions) const;

  // Whether `a` is taken before `b` where there are no others.
  bool Prefers(int a, int b, const Conditions& conditions) const;

  // Every candidate that privacy and the engines that are left allow, best first, and before it
  // the simpler one that is chosen in its place. Milliseconds.
  std::vector<Ranked> Rank(const Conditions& conditions) const;

  // What `candidate` costs, in full, and how it compares.
  Terms TermsOf(int candidate, const Conditions& conditions) const;
  Score ScoreOf(int candidate, const Conditions& conditions) const;

  // Whether privacy, which no condition changes, allows it.
  bool Allows(const Candidate& candidate) const;

  const CandidateSet& set() const { return *set_; }
  const Candidate& candidate(int index) const { return set_->candidates[index]; }
  const Targets& targets() const { return targets_; }
  const Prices& prices() const { return prices_; }

  // How many candidates Choose has to find the best among under `conditions`.
  size_t Considered(const Conditions& conditions) const {
    return TreeFor(conditions).rows().size();
  }

 private:
  Planner(std::shared_ptr<const CandidateSet> set, const Targets& targets, const Prices& prices);

  // A stretch of cloud_slowdown / edge_slowdown and the candidates that can be best in it.
  struct Band {
    double low = 0;
    double high = 0;
    CandidateTree tree;
  };

  std::vector<CandidateRow> Reduce(const std::vector<CandidateRow>& rows, const Band& band) const;
  const CandidateTree& TreeFor(const Conditions& conditions) const;
  Evaluation At(const Conditions& conditions) const;
  bool IsAsGood(const Score& simpler, const Score& best) const;
  std::optional<Ranked> SimplerThan(const Ranked& best, const Evaluation& evaluation,
                                    EngineMask lost) const;

  std::shared_ptr<const CandidateSet> set_;
  Targets targets_;
  Prices prices_;
  CandidateTree front_;                              // the front, as far as privacy allows it
  std::array<std::vector<CandidateRow>, 2> simple_;  // all of "edge" and of "input" that it allows
  std::vector<Band> bands_;  // from 1 / kMostRatio to kMostRatio, each as wide
};

}  // namespace tideline
