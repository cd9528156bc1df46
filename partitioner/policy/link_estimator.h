#pragma once

#include <cstdint>

#include "absl/time/time.h"

#include "common/base/clock.h"
#include "partitioner/planner/link.h"
#include "partitioner/policy/link_memory.h"
#include "partitioner/policy/tracker.h"

namespace tideline {

// What is known of the link at a moment.
struct LinkEstimate {
  Link link;  // distributions for the planner
  // False until the first measurement of the uplink: the rates are then a guess as wide as links
  // differ.
  bool known = false;
  double uncertainty = 0;  // the standard deviation of the uplink rate's logarithm
  absl::Duration age = absl::InfiniteDuration();  // of the uplink's last measurement
  int64_t changes = 0;                            // of the uplink that were detected
  bool open_above = false;  // the uplink was just seen to be faster than known, by how much is open
};

// Bytes of tensors that came through one direction.
struct TransferSample {
  double bytes = 0;
  absl::Duration taken;
  Bound bound = Bound::kExact;  // of the rate
};

// The link as distributions of both rates and the round trip, from real traffic. `now` is the
// caller's monotonic clock and does not fall from call to call. Pure. Thread-compatible.
//
// A rate is measured at the receiver between two moments of one stream, so that neither round trips
// nor the ramp are in it. What is still on its way tells as well: so many bytes have not been
// acknowledged after so long, so the rate is at most that; this is how an outage is seen before any
// answer comes. Where the downlink's last
// measurement is older than the uplink's, it is taken to have changed as the uplink did.
class LinkEstimator {
 public:
  explicit LinkEstimator(const TcpModel& tcp = {});

  void AddUplink(MonotonicTime now, const TransferSample& sample);
  void AddDownlink(MonotonicTime now, const TransferSample& sample);
  // All of a message that is too short to be measured at the receiver was acknowledged `elapsed`
  // after it was handed over: without the round trip, that is the time it took.
  void AddAcknowledged(MonotonicTime now, double bytes, absl::Duration elapsed);
  // `bytes` were handed over `elapsed` ago and have not all been acknowledged: without the round
  // trip, that is the least time they take.
  void AddUnacknowledged(MonotonicTime now, double bytes, absl::Duration elapsed);

  // A heartbeat's round trip, while nothing else was on its way.
  void AddRoundTrip(MonotonicTime now, absl::Duration round_trip);
  // A heartbeat has not been answered for so long.
  void AddSilence(MonotonicTime now, absl::Duration age);

  LinkEstimate Estimate(MonotonicTime now) const;

  LinkMemory Save(MonotonicTime now) const;
  // Takes over what was saved `ago`. Forgets everything else.
  void Restore(const LinkMemory& state, MonotonicTime now, absl::Duration ago);

 private:
  // Without a queue, and by how much it is uncertain; of at least one round trip.
  struct UsualRoundTrip {
    double ns = 0;
    double blur_ns = 0;
  };

  void AddTransfer(MonotonicTime now, const TransferSample& sample, Tracker& tracker) const;
  UsualRoundTrip Usual(MonotonicTime now) const;
  Quantiles Downlink(MonotonicTime now, const Quantiles& up) const;

  TcpModel tcp_;
  Tracker up_;
  Tracker down_;
  Tracker round_trip_;
  Tracker ratio_;  // of the downlink's rate to the uplink's
};

}  // namespace tideline
