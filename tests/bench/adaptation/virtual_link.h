#pragma once

#include <string>
#include <utility>
#include <vector>

#include "common/base/status.h"
#include "partitioner/planner/link.h"

// A link in virtual time. All times are milliseconds from the start, all bytes are payload.
namespace tideline::bench {

// The bottleneck of one direction as a fluid: how many bytes of tensors it has carried by a time,
// with headers, acknowledgements and heartbeats taken off as planner/link.h has them. Immutable.
class Bottleneck {
 public:
  // Rates in bits per second, each for so many seconds; the whole repeats.
  static Bottleneck OfRates(const std::vector<std::pair<double, double>>& seconds_and_rates,
                            const TcpModel& tcp);
  // A trace in mahimahi's format, which repeats. Errors: those of lab::Trace.
  static absl::StatusOr<Bottleneck> OfTrace(const std::string& path, const TcpModel& tcp);

  // When `bytes` that are the only ones to send from `begin` on have been carried.
  double FinishAt(double begin, double bytes) const;
  // Bytes carried between two times.
  double Carried(double begin, double end) const;

  double period() const { return static_cast<double>(carried_.size() - 1); }  // ms
  double mean_rate() const { return mean_rate_; }                             // bits per second

 private:
  Bottleneck(const std::vector<double>& bytes_per_ms, const TcpModel& tcp);

  double CarriedBy(double time) const;

  std::vector<double> carried_;  // by the end of every millisecond of a period, from 0
  double mean_rate_ = 0;
};

// What the sender knows of its connection.
struct ChannelState {
  double free_at = 0;  // the bottleneck has carried all that was handed over
  bool fresh = false;  // nothing was sent since it was made: it begins with a small window
};

// One message of the uplink on its way.
struct Upload {
  double begin = 0;        // its first byte could be sent
  double first_chunk = 0;  // the receiver has the first chunk
  double sent = 0;         // the last byte has passed the bottleneck
  double arrived = 0;      // at the receiver, all of it
  double bytes = 0;
  bool idle = false;   // it began with a small window
  bool paced = false;  // the sender was slower than the link
};

// Both directions of a link between an edge and a cloud: the same rate at the same time, and a
// constant round trip.
class Channel {
 public:
  static constexpr double kFirstChunk = 2048;  // bytes

  Channel(const Bottleneck& bottleneck, double rtt_ms, const TcpModel& tcp)
      : bottleneck_(bottleneck), rtt_ms_(rtt_ms), tcp_(tcp) {}

  Upload Send(double now, double bytes, const ChannelState& state) const;
  // `upload` stays on its way to the end.
  void Commit(const Upload& upload, ChannelState& state) const;
  // It is taken back at `now`: what is on its way already remains. Returns the bytes that
  // are acknowledged by then.
  double Cancel(double now, const Upload& upload, ChannelState& state) const;

  struct Reply {
    double first_chunk = 0;
    double arrived = 0;
  };
  Reply Receive(double now, double bytes) const;
  // The round trip of a heartbeat that was sent at `now` over a quiet link.
  double HeartbeatMs(double now) const;

  const Bottleneck& bottleneck() const { return bottleneck_; }
  double rtt_ms() const { return rtt_ms_; }

 private:
  const Bottleneck& bottleneck_;
  double rtt_ms_;
  TcpModel tcp_;
};

}  // namespace tideline::bench
