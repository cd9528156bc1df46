#pragma once

#include <memory>
#include <optional>
#include <string_view>

#include "absl/time/time.h"

#include "common/base/status.h"
#include "common/base/units.h"
#include "tests/lab/trace.h"

namespace tideline::lab {

// One direction of a link. A packet waits for the bottleneck (`rate` or `trace`), may then be lost,
// and arrives `delay` later.
struct PipeSettings {
  std::optional<BitRate> rate;         // unlimited without; nothing passes at 0
  std::shared_ptr<const Trace> trace;  // in place of a rate
  // What may wait for the bottleneck: so many bytes, or what the mean rate sends in this time, but
  // room for ten full packets.
  std::optional<ByteCount> queue_bytes;
  absl::Duration queue_time = absl::Milliseconds(300);
  absl::Duration delay;
  absl::Duration jitter;  // up to so much more or less than `delay`, evenly; keeps the order
  Fraction loss;
  Fraction reorder;      // of the packets: they skip the delay and so overtake
  bool blocked = false;  // everything that passes the bottleneck is lost

  int64_t QueueLimit() const;  // bytes
};

// Changes the settings that a JSON object names:
//   {"rate": "5.85Mbps", "trace": "FILE", "queue": "300ms" or "64KiB", "delay": "25ms",
//    "jitter": "5ms", "loss": "1%", "reorder": "0.5%", "blocked": true}
// A null rate or trace takes it away; giving one takes the other away. Reads the file of a trace,
// so it blocks. Errors: InvalidArgument with the key, and those of Trace::Read.
absl::StatusOr<PipeSettings> Changed(const PipeSettings& settings, std::string_view json);

}  // namespace tideline::lab
