#include "protocol/transport/windowed_max.h"

namespace tideline {

void WindowedMax::Add(absl::Duration now, absl::Duration span, double value) {
  while (!samples_.empty() && samples_.front().first < now - span) {
    samples_.pop_front();
  }
  while (!samples_.empty() && samples_.back().second <= value) {
    samples_.pop_back();
  }
  samples_.emplace_back(now, value);
}

}  // namespace tideline
