#pragma once

#include <optional>
#include <string>
#include <vector>

#include "partitioner/planner/changed.h"
#include "partitioner/planner/planner.h"

// Why a choice is as it is. For people and reports: milliseconds, not per request.
namespace tideline {

// One constraint that is set, and where a candidate stands.
struct ConstraintCheck {
  std::string name;  // as in the partition file: "latency_p99", "accuracy_drop", …
  double value = 0;  // of the candidate: ns, fraction, bytes, bit/s, joules, groups
  double limit = 0;  // the same unit
  bool met = true;
  std::string text;  // "latency_p99 is 143ms, the limit 120ms: 19 % too much"
};

// All constraints of the planner's targets in the order of Targets; privacy as well.
std::vector<ConstraintCheck> CheckConstraints(const Planner& planner, int candidate,
                                              const Conditions& conditions);

// With this lever at `factor` (2: twice as fast, 0.5: half) `challenger` beats `holder`.
struct Change {
  Lever lever = Lever::kLinkRate;
  double factor = 1;
  // The uplink's median then, for kLinkRate.
  BitRate uplink;
};

// The smallest changes of each lever, slower and faster by up to 1000 times, that put `challenger`
// before `holder`; empty where none does.
std::vector<Change> WhatWouldChange(const Planner& planner, int holder, int challenger,
                                    const Conditions& conditions);

// "from 7.3Mbps up", "with a cloud 2.1 times faster"
std::string Describe(const Change& change);

// Why `challenger` comes after `holder`, and what would have to be different: "latency 131ms in
// place of 100ms: head -21ms, up +52ms; it wins against it from 7.3Mbps up".
std::string WhyNot(const Planner& planner, int holder, int challenger,
                   const Conditions& conditions);

// The candidate that is the best once a lever has moved so far.
struct NextChoice {
  Change change;
  int candidate = -1;
};

// The smallest changes of each lever, slower and faster by up to 1000 times, after which `best`,
// which is the best now, no longer is; empty where it always stays.
std::vector<NextChoice> NextChoices(const Planner& planner, int best, const Conditions& conditions);

// A stretch of uplink rates in which one candidate is the best.
struct SweepStretch {
  BitRate from;
  BitRate to;
  int candidate = -1;
};

// The best candidate at every median rate of the uplink from `from` to `to`, the downlink in
// proportion, in ascending order, borders exact to 0.1 %. A stretch that is narrower than a
// hundredth of a decade may be missed. Errors: InvalidArgument unless 0 < from < to.
absl::StatusOr<std::vector<SweepStretch>> SweepUplink(const Planner& planner,
                                                      const Conditions& conditions, BitRate from,
                                                      BitRate to);

}  // namespace tideline
