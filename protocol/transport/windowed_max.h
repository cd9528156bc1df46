#pragma once

#include <deque>
#include <utility>

#include "absl/time/time.h"

namespace tideline {

// The largest of the values added during the last `span`. Thread-compatible.
class WindowedMax {
 public:
  void Add(absl::Duration now, absl::Duration span, double value);
  double value() const { return samples_.empty() ? 0 : samples_.front().second; }
  void Clear() { samples_.clear(); }

 private:
  std::deque<std::pair<absl::Duration, double>> samples_;  // values descending, times ascending
};

}  // namespace tideline
