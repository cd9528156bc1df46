#pragma once

#include <deque>
#include <string>

#include "common/base/clock.h"
#include "partitioner/planner/plan.h"
#include "partitioner/policy/tail_policy.h"

namespace tideline {

// What a decision was made from, for whoever asks later.
struct DecisionInputs {
  double uplink_low = 0;     // bits per second: 5th percentile,
  double uplink = 0;         // median
  double uplink_high = 0;    // and 95th percentile
  double round_trip_ns = 0;  // median
  double uncertainty = 0;    // LinkEstimate::uncertainty
  bool link_known = false;
  double queue_ns = 0;
  double edge_slowdown = 1;
  double cloud_slowdown = 1;
  EngineMask lost = 0;
};

// How one request is answered, and why.
struct Decision {
  int candidate = -1;  // index into CandidateSet::candidates; -1: nothing is left that can answer
  bool changed = false;
  Terms expected;          // at the link's median, without the local finish
  double expected_ns = 0;  // of latency: on average, with it where latency is the objective
  double late = 0;         // chance that the answer comes after it is due
  TailPlan tail;           // when the local finish starts
  std::string reason;      // one sentence
  DecisionInputs inputs;
};

// The latest decisions. Bounded. Thread-compatible.
class DecisionLog {
 public:
  struct Entry {
    MonotonicTime at;
    Decision decision;
  };

  explicit DecisionLog(size_t most = 256) : most_(most) {}

  void Add(MonotonicTime now, const Decision& decision) {
    entries_.push_back({now, decision});
    if (entries_.size() > most_) {
      entries_.pop_front();
    }
  }
  const std::deque<Entry>& entries() const { return entries_; }  // oldest first

 private:
  size_t most_;
  std::deque<Entry> entries_;
};

}  // namespace tideline
