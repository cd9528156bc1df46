#include "edge/source/live_source.h"

#include "common/telemetry/log.h"

namespace tideline {

LiveSource::~LiveSource() {
  if (const int64_t dropped = this->dropped(); dropped > 0) {
    Log(LogLevel::kInfo, "source_dropped", {{"source", name_}, {"frames", dropped}});
  }
}

std::optional<SourceFrame> LiveSource::Next() {
  std::optional<Arrival> arrival = mailbox_.Take();
  if (!arrival) {
    return std::nullopt;
  }
  if (!dropping_ && dropped() > 0) {
    dropping_ = true;
    Log(LogLevel::kInfo, "source_dropping",
        {{"source", name_}, {"reason", "frames come faster than they are answered"}});
  }
  SourceFrame frame;
  frame.source = name_;
  frame.seq = seq_++;
  frame.name = absl::FormatTime("%Y-%m-%dT%H:%M:%E3SZ", arrival->time, absl::UTCTimeZone());
  frame.id = fmt::format("{}/{}-{}", name_, frame.name, frame.seq);
  frame.input = arrival->read();
  return frame;
}

}  // namespace tideline
