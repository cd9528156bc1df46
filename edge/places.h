#pragma once

#include <cstddef>
#include <optional>

#include "absl/time/time.h"

#include "edge/result.h"
#include "partitioner/planner/plan.h"

namespace tideline {

// How many requests may be open: a number, or as many as keep the slowest stage busy
// (partitioner/policy/in_flight.h) in view of what a request is expected to take, or has taken.
// Thread-compatible.
class Places {
 public:
  // `automatic`: one to `most`, else always `most`.
  Places(size_t most, bool automatic)
      : most_(most), count_(automatic ? 1 : most), automatic_(automatic) {}

  size_t count() const { return count_; }
  size_t most() const { return most_; }

  // The latest request is expected to take that.
  void Expect(const Terms& terms);
  // Where nothing is expected, as the cut is fixed: the latest answer took that. Its bytes kept the
  // link busy for `sending`, whose round trip is `rtt`.
  void Learn(const Latency& latency, absl::Duration sending, absl::Duration rtt);

 private:
  void Set(absl::Duration latency, absl::Duration period);

  size_t most_;
  size_t count_;
  bool automatic_;
  std::optional<absl::Duration> alone_;  // averages: of one request by itself,
  absl::Duration period_;                // and of its longest stage
};

}  // namespace tideline
