#pragma once

#include <array>
#include <cstddef>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "common/base/status.h"
#include "common/base/units.h"

// The link between edge and cloud as the planner sees it: distributions of its rates and round trip
// time, and what TCP makes of them.
namespace tideline {

// A distribution, given by some of its quantiles; linear between them, constant outside.
// Thread-safe.
class Quantiles {
 public:
  struct Point {
    double probability = 0;  // 0 to 1, ascending
    double value = 0;        // not descending
    bool operator==(const Point&) const = default;
  };
  static constexpr size_t kMaxPoints = 101;

  explicit Quantiles(double constant) : points_{{0.5, constant}} {}
  // Errors: InvalidArgument where the points are no distribution, or any value is not above 0.
  static absl::StatusOr<Quantiles> Make(std::vector<Point> points);

  double At(double probability) const;
  double median() const { return At(0.5); }
  // Every value times `factor`, which is above 0.
  Quantiles Scaled(double factor) const;
  std::span<const Point> points() const { return points_; }
  bool operator==(const Quantiles&) const = default;

 private:
  std::vector<Point> points_;
};

// What lies between a message and the wire. The figures are fitted from traffic where there is any.
struct TcpModel {
  double initial_window = 9000;        // bytes of a tensor: of TCP's ten segments (RFC 6928)
  double growth = 1.5;                 // of both windows, ours and TCP's, per round trip; 1.1 to 4
  bool restarts_after_idle = true;     // tcp_slow_start_after_idle
  double wire_factor = 1500.0 / 1448;  // bytes of packets per byte of a full segment
  double message_bytes = 256;          // of headers per request or reply
  double chunk_bytes = 200;            // of headers and acknowledgements per chunk of a tensor
  double heartbeat_bytes = 950;        // per second, of heartbeats and their acknowledgements
  double encrypt_ns_per_byte = 1.75;   // CURVE on both ends, in a pipeline with the wire
  double message_ns = 0.6e6;  // that threads, sockets and kernels take per request or reply

  bool operator==(const TcpModel&) const = default;
};

struct Link {
  std::string name;
  Quantiles up{1};    // bits per second
  Quantiles down{1};  // bits per second
  Quantiles rtt{0};   // nanoseconds
  TcpModel tcp;

  // The same link with both rates times `factor`.
  Link Scaled(double factor) const;
  bool operator==(const Link&) const = default;
};

// How long a message takes in one direction at one rate: the half round trip, its bytes at what
// heartbeats leave of the rate, chunk by chunk (protocol/FORMAT.md, section 6), and, after idling,
// the pauses of slow start until the window covers the rate times the round trip. Not descending in
// the bytes, the round trip and the inverse of the rate. Thread-safe.
class Transfer {
 public:
  Transfer(double bits_per_second, double rtt_ns, const TcpModel& tcp, bool idle);

  // Nanoseconds from the first byte's start to the last byte's arrival.
  double operator()(double bytes) const { return waiting_ns_ + SendingNs(bytes) + PauseNs(bytes); }
  // The same for the last `share` of the message alone, where nothing else is on its way.
  double Last(double bytes, double share) const {
    return waiting_ns_ + share * SendingNs(bytes) + share * PauseNs(bytes);
  }

  // The part during which bytes are sent; and with the pauses between them.
  double SendingNs(double bytes) const { return (bytes + message_bytes_) * ns_per_byte_; }
  double BusyNs(double bytes) const { return SendingNs(bytes) + PauseNs(bytes); }

 private:
  static constexpr size_t kMaxRounds = 64;

  double PauseNs(double bytes) const {
    double pause = 0;
    for (size_t i = 0; i < rounds_ && bytes + message_bytes_ > after_[i]; ++i) {
      pause = pause_[i];
    }
    return pause;
  }

  double waiting_ns_;  // whatever is sent
  double ns_per_byte_;
  double message_bytes_;
  size_t rounds_ = 0;
  std::array<double, kMaxRounds> after_;  // bytes: a message with more waits for this round's end
  std::array<double, kMaxRounds> pause_;  // ns that all rounds up to this one have waited
};

// "cat1" 0.13, "3g" 1.1, "lte" 5.85, "wifi" 18.88 Mbit/s, "ethernet" 1 Gbit/s; round trip 50 ms, on
// Ethernet 1 ms; downlink as uplink. Errors: NotFound with the nearest name.
absl::StatusOr<Link> LinkPreset(std::string_view name);
std::span<const std::string> LinkPresetNames();

// A measured link as a file:
//   name: bridge                      # optional
//   percentiles: [5, 50, 95]          # of every list below that has more than one value
//   up: [0.02Mbps, 1.56Mbps, 4.78Mbps]
//   down: [9Mbps]                     # optional: as `up`
//   rtt: [40ms, 50ms, 210ms]
//   tcp: {initial_window: 14480B, restarts_after_idle: true}   # optional
// Pure. Errors: InvalidArgument "FILE:LINE: …"; a rate of 0 is one: write a link that is away for a
// while as the lowest rate that was measured.
absl::StatusOr<Link> ParseLink(std::string_view text, const std::string& filename);

}  // namespace tideline
