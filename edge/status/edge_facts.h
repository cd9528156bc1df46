#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "absl/time/time.h"

#include "common/telemetry/health.h"

namespace tideline {

// A figure with its uncertainty: the 5th percentile, the median and the 95th.
struct Spread {
  double low = 0;
  double median = 0;
  double high = 0;
};

// What was computed and sent although another answer came first.
struct LosingFacts {
  uint64_t late_answers = 0;
  uint64_t finishes = 0;
  absl::Duration time;
  uint64_t bytes_up = 0;
  std::optional<double> joules;        // computing
  std::optional<double> radio_joules;  // sending
};

// What an edge's status says beside what its StatusBoard remembers: the state of its parts when
// somebody asks. Plain data.
struct EdgeFacts {
  struct Model {
    std::string name;
    int64_t version = 0;
    std::string engine;
    std::string precision;
    std::string fallback;  // "" = none
  };
  struct Targets {
    std::string objective;
    std::optional<absl::Duration> deadline;
    std::string tail;
  };
  struct Adapt {
    bool enabled = false;
    bool paused = false;
    int64_t changes = 0;
  };
  struct Link {
    std::string state = "none";  // none, connecting, ready, refused, away
    std::string cloud;           // address; "" = none
    std::string reason;
    bool known = false;            // the uplink was measured
    std::optional<Spread> uplink;  // bits per second
    std::optional<Spread> rtt;     // nanoseconds
    absl::Duration queue;          // as the cloud last said
    uint64_t bytes_up = 0;         // with headers
    uint64_t bytes_down = 0;
  };
  // One that may be asked, and what canaries say of it.
  struct Cloud {
    std::string address;
    std::string state;  // as Link's
    uint64_t canaries = 0;
    uint64_t canaries_wrong = 0;
    int wrong_in_a_row = 0;  // the latest
    bool barred = false;     // it is asked for nothing else
  };
  struct Shaping {
    bool available = false;
    std::optional<double> bits_per_second;  // nullopt: as fast as the link is
  };
  struct Source {
    std::string name;
    std::string kind;
    std::optional<int64_t> dropped;  // frames, for newer ones; nullopt: none ever is
  };
  struct Energy {
    std::optional<double> joules;
    std::string source = "unknown";
  };

  std::string id;
  std::string version;
  Health health;
  Model model;
  std::string mode;  // auto, fixed, pinned
  Targets targets;
  Adapt adapt;
  Link link;
  std::vector<Cloud> clouds;
  uint64_t canaries = 0;  // of all since the start
  uint64_t canaries_wrong = 0;
  Shaping shaping;
  Energy energy;
  LosingFacts losing;
  Source source;
  int64_t lost_results = 0;  // that a sink will never have
  uint64_t in_flight = 0;
  uint64_t held_bytes = 0;  // by these
};

}  // namespace tideline
