#include "common/telemetry/figures.h"

#include <cmath>

namespace tideline {

std::string Timestamp(absl::Time time) {
  return absl::FormatTime("%Y-%m-%dT%H:%M:%E3SZ", time, absl::UTCTimeZone());
}

double Milliseconds(absl::Duration duration) {
  return std::round(absl::ToDoubleMicroseconds(duration)) / 1000;
}

double Seconds(absl::Duration duration) {
  return std::round(absl::ToDoubleMilliseconds(duration)) / 1000;
}

std::string Shortened(const std::string& text, size_t most) {
  if (text.size() <= most) {
    return text;
  }
  size_t end = most;
  while (end > 0 && (static_cast<unsigned char>(text[end]) & 0xC0) == 0x80) {
    --end;
  }
  return text.substr(0, end);
}

}  // namespace tideline
