#include "edge/status/timeline.h"

#include "common/telemetry/figures.h"
#include "edge/status/status_board.h"

namespace tideline {

RequestTimeline TimelineOf(const Result& result) {
  const Timeline& times = result.timeline;
  const Latency& latency = result.latency;
  const auto offset = [&](MonotonicTime time) { return time - times.admitted; };
  const bool here = times.finish_begun != absl::ZeroDuration();
  RequestTimeline timeline;
  timeline.id = Shortened(result.id, kShownText);
  timeline.seq = result.seq;
  timeline.path = EnumNames(Path{}).at(static_cast<size_t>(result.path));
  timeline.cut = result.cut;
  timeline.codec = result.codec;
  timeline.bytes_up = result.bytes_up;
  timeline.traceparent = result.traceparent;
  timeline.admitted = result.time - latency.total;
  timeline.total = latency.total;
  timeline.head = {offset(times.started), latency.head};
  if (times.encode_begun != absl::ZeroDuration()) {
    timeline.encode = {offset(times.encode_begun), latency.encode};
  }
  if (times.replied != absl::ZeroDuration()) {
    timeline.link = {offset(times.replied) - times.round_trip, times.round_trip};
    timeline.cloud = {.address = result.cloud,
                      .end = offset(times.cloud_ended),
                      .request = times.cloud_request,
                      .busy = times.round_trip - latency.link,
                      .decode = latency.decode,
                      .queue = latency.queue,
                      .tail = latency.tail};
  }
  if (here) {
    timeline.finish = {offset(times.finish_begun), latency.tail};
  }
  return timeline;
}

}  // namespace tideline
