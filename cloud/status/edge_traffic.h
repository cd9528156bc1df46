#pragma once

#include <cstdint>
#include <string>

#include "common/telemetry/recent_rate.h"

namespace tideline {

// What one connected edge had done. Plain data. I/O thread only.
struct EdgeTraffic {
  explicit EdgeTraffic(MonotonicTime now = absl::ZeroDuration()) : rate(now) {}

  void OnServed(MonotonicTime now, const std::string& at_cut, uint64_t bytes) {
    ++requests;
    bytes_up += bytes;
    cut = at_cut;
    rate.Add(now);
  }

  uint64_t requests = 0;
  uint64_t bytes_up = 0;  // of tensors, encoded
  std::string cut;        // of the latest request
  RecentRate rate;
};

}  // namespace tideline
