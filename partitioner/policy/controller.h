#pragma once

#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "common/base/clock.h"
#include "partitioner/planner/planner.h"
#include "partitioner/policy/decision.h"
#include "partitioner/policy/link_estimator.h"
#include "partitioner/policy/outlook.h"

namespace tideline {

struct ControllerOptions {
  bool enabled = true;       // false: the first choice stays, as long as it can be run
  double hysteresis = 0.10;  // a fraction of the cost
  TailMode tail = TailMode::kDeadline;
  absl::Duration deadline = absl::InfiniteDuration();
  std::optional<int> pinned;  // the candidate that stays where not enabled; none: the first choice
};

// What is so when a request is admitted.
struct Circumstances {
  const LinkEstimate& link;
  bool idle = false;          // Conditions::idle
  double queue_ns = 0;        // that the cloud reported
  double edge_slowdown = 1;   // ModelCorrection
  double cloud_slowdown = 1;  // likewise
  EngineMask lost = 0;        // kCloudEngines where the cloud is away or its breaker is open
  double local_margin = 1.5;  // LocalMargin
};

// Chooses path, cut, codec and engines for every request. Pure. Thread-compatible; as fast as a few
// dozen evaluations of the planner, some tens of microseconds.
//
// Candidates that may be best at some moment of the link are weighed with the local finish counted
// in (outlook.h). A better one takes over at once where it gains more than the hysteresis, and
// where it gains less, once the gains that were let go add up to twice that: what is only noise
// does not add up, and nothing worse by a few percent stays for good. Where the link has jumped to
// another rate the choice is made anew, once, within a few requests.
class Controller {
 public:
  Controller(std::shared_ptr<const Planner> planner, const ControllerOptions& options);

  Decision Decide(MonotonicTime now, const Circumstances& circumstances);

  // Paused, it does as where it is not enabled: the latest choice stays.
  void SetPaused(bool paused) { paused_ = paused; }

  // What a measurement of the link can be worth: by how much the best candidate would beat the
  // current one if the link were as fast as it may well be, as a fraction of the current one's
  // cost; 0 where it would not. Where all is answered here that is a link without limits.
  double PossibleGain(const Circumstances& circumstances) const;

  const Planner& planner() const { return *planner_; }
  const ControllerOptions& options() const { return options_; }
  const DecisionLog& log() const { return log_; }
  int64_t changes() const { return changes_; }  // after the first choice

 private:
  struct Verdict {
    Outlook outlook;
    std::string reason;
  };

  TailOptions TailFor(const Circumstances& circumstances) const;
  std::optional<Verdict> Judge(const OutlookMaker& maker, const Conditions& conditions, bool anew);
  Verdict Compare(const Outlook& current, const Outlook& best, bool anew);
  bool ChoosesAnew(const LinkEstimate& link);
  std::string Name(int candidate) const;

  std::shared_ptr<const Planner> planner_;
  ControllerOptions options_;
  std::vector<int> edge_;  // EdgeCandidates
  bool fixed() const { return paused_ || !options_.enabled; }

  bool paused_ = false;
  int current_ = -1;
  double gathered_ = 0;  // gains that were let go
  int64_t changes_ = 0;
  int64_t changes_seen_ = 0;  // LinkEstimate::changes
  int anew_left_ = 0;         // requests that may choose anew
  DecisionLog log_;
};

}  // namespace tideline
