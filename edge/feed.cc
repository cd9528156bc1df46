#include "edge/feed.h"

#include <utility>

#include "common/telemetry/log.h"

namespace tideline {

void Feed(const EdgeConfig& config, Source& source, Pipeline& pipeline, Output& output) {
  uint64_t frames = 0;
  if (!config.cloud.address.empty()) {
    pipeline.WaitForCloud(config.cloud.wait);
  }
  while (std::optional<SourceFrame> frame = source.Next()) {
    output.Expect(frame->seq);
    pipeline.Admit(*std::move(frame));
    ++frames;
  }
  pipeline.StopGuests();
  const MonotonicTime end = SystemClock().Now() + config.exit_timeout;
  const bool idle = pipeline.WaitIdle(config.exit_timeout);
  output.Finish(end);
  Log(idle ? LogLevel::kInfo : LogLevel::kError, idle ? "drained" : "exit_timeout",
      {{"frames", frames}});
}

void StopFeeding(const EdgeConfig& config, Source& source, Output& output) {
  Log(LogLevel::kInfo, "stopping");
  source.Stop();
  output.EndBy(SystemClock().Now() + config.exit_timeout);
}

}  // namespace tideline
