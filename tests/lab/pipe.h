#pragma once

#include <cstdint>
#include <deque>
#include <optional>
#include <queue>
#include <random>
#include <vector>

#include "common/base/clock.h"
#include "tests/lab/pipe_settings.h"

namespace tideline::lab {

struct PipeStats {
  int64_t packets_in = 0, bytes_in = 0;    // all that came
  int64_t packets_out = 0, bytes_out = 0;  // all that arrived
  int64_t queue_full = 0;                  // packets refused
  int64_t lost = 0;                        // packets, by loss or by a link that is blocked
};

// One direction of a link as a model in virtual time: which packets arrive, and when. Packets are
// numbers to it. Times never go back from call to call; what happens is a pure function of the
// calls and the seed, so it does not matter how late they are made. Thread-compatible.
class Pipe {
 public:
  struct Arrival {
    uint32_t packet;
    MonotonicTime due;
    bool lost;  // the packet only comes back to its owner
  };

  Pipe(PipeSettings settings, uint64_t seed, MonotonicTime now);

  // False: the queue is full, and the packet stays with the caller. `bytes` is not negative.
  bool Push(MonotonicTime now, uint32_t packet, int64_t bytes);
  // Whether Push would take it.
  bool HasRoom(MonotonicTime now, int64_t bytes);

  // The next packet that is due at `now`; none where none is.
  std::optional<Arrival> Pop(MonotonicTime now);
  // When to call Pop next; absl::InfiniteDuration() where nothing is under way.
  MonotonicTime Next() const;

  // Packets that wait go on under the new settings, also one that is half sent; those past the
  // bottleneck keep the delay that they have. A trace that is new begins now.
  void Change(MonotonicTime now, PipeSettings settings);

  const PipeSettings& settings() const { return settings_; }
  const PipeStats& stats() const { return stats_; }

 private:
  struct Waiting {
    uint32_t packet;
    int64_t bytes;
  };
  struct InFlight {
    Arrival arrival;
    int64_t bytes;
    uint64_t order;
    bool operator>(const InFlight& other) const {
      return std::tie(arrival.due, order) > std::tie(other.arrival.due, other.order);
    }
  };

  void Advance(MonotonicTime now);
  void StartFront(MonotonicTime now);
  MonotonicTime FrontPasses() const;
  int64_t OpportunitiesForFront() const;
  void SettleFront(MonotonicTime now);
  void PassFront(MonotonicTime now);
  bool Chance(Fraction share);

  PipeSettings settings_;
  std::mt19937_64 random_;
  PipeStats stats_;

  std::deque<Waiting> queue_;  // the front is being sent
  int64_t queued_bytes_ = 0;
  double front_left_ = 0;  // bytes of the front that were not sent by front_begun_
  MonotonicTime front_begun_;

  MonotonicTime trace_begun_;
  int64_t opportunity_ = 0;      // the one in use
  double opportunity_left_ = 0;  // bytes

  std::priority_queue<InFlight, std::vector<InFlight>, std::greater<>> in_flight_;
  MonotonicTime last_due_;  // of those that keep the order
  uint64_t passed_ = 0;
};

}  // namespace tideline::lab
