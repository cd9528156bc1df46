#pragma once

#include <cstdint>
#include <optional>
#include <span>
#include <string>
#include <string_view>

#include "absl/base/thread_annotations.h"
#include "absl/synchronization/mutex.h"
#include "absl/time/time.h"

#include "common/base/clock.h"
#include "common/base/recent.h"

// Where the time of single requests went, across edge and cloud, for a viewer of traces.
namespace tideline {

// Whether `text` is a traceparent header of W3C's Trace Context: "00-TRACE-PARENT-FLAGS" in lower
// case, neither id all zeros.
bool IsTraceparent(std::string_view text);

// One answered request. Times are those of one process, the edge's or the cloud's: no clock is
// compared with another. Offsets are from the request's admission.
struct RequestTimeline {
  struct Span {
    absl::Duration begin;
    absl::Duration length;
    absl::Duration end() const { return begin + length; }
  };
  // What the cloud says it took, put into the round trip: between the last byte's arrival there and
  // the answer's first.
  struct Cloud {
    std::string address = {};  // "" where the edge does not say
    absl::Duration end;        // as the edge places it
    uint64_t request = 0;      // its number in the session, on both sides
    absl::Duration busy;
    absl::Duration decode;
    absl::Duration queue;
    absl::Duration tail;
  };

  bool by_cloud = false;  // the cloud's own: `cloud` is all that is drawn of it
  std::string id;         // on the cloud: the edge's name
  uint64_t seq = 0;
  std::string path;
  std::string cut;
  std::string codec;
  uint64_t bytes_up = 0;
  std::string traceparent;  // that it came with; "" = none
  absl::Time admitted;
  absl::Duration total;
  Span head;                   // with preprocessing; before it, it waited
  std::optional<Span> encode;  // these where they took place
  std::optional<Span> link;    // from the end of encoding to the answer's last byte
  std::optional<Cloud> cloud;  // inside `link`
  std::optional<Span> finish;  // the local one, where it was the answer
};

// The latest requests. Bounded. Thread-safe; Add takes well under a microsecond.
class TimelineLog {
 public:
  static constexpr size_t kMost = 256;

  void Add(RequestTimeline timeline);
  // As TraceJson of them.
  std::string Json() const;

 private:
  mutable absl::Mutex mutex_;
  Recent<RequestTimeline> timelines_ ABSL_GUARDED_BY(mutex_){kMost};
};

// The JSON that Perfetto and Chrome's tracing page load: one process for the edge and one for the
// cloud, requests that overlap in lanes of their own, every stage inside its request. Pure.
std::string TraceJson(std::span<const RequestTimeline> timelines);

}  // namespace tideline
