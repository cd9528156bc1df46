#include "edge/places.h"

#include <algorithm>

#include "partitioner/policy/in_flight.h"

namespace tideline {
namespace {

constexpr double kNew = 0.125;  // how much of an average the latest answer is

}  // namespace

void Places::Set(absl::Duration latency, absl::Duration period) {
  const Terms terms{.latency_ns = absl::ToDoubleNanoseconds(latency),
                    .period_ns = absl::ToDoubleNanoseconds(period)};
  count_ = static_cast<size_t>(InFlight(terms, {.most = static_cast<int>(most_)}));
}

// The cloud's queue is not counted: it is as long as requests from here make it, and more of them
// would be opened because there are many.
void Places::Expect(const Terms& terms) {
  if (automatic_) {
    Set(absl::Nanoseconds(terms.latency_ns - terms.queue_ns), absl::Nanoseconds(terms.period_ns));
  }
}

// How long an answer was on its way says little: with others before it that grows with their
// number, which would then grow with it.
void Places::Learn(const Latency& latency, absl::Duration sending, absl::Duration rtt) {
  if (!automatic_) {
    return;
  }
  const absl::Duration edge = latency.head + latency.encode;
  const absl::Duration cloud = latency.decode + latency.tail;
  const absl::Duration alone = edge + sending + rtt + cloud;
  const absl::Duration period = std::max({edge, sending, cloud});
  period_ = alone_ ? period_ + kNew * (period - period_) : period;
  alone_ = alone_ ? *alone_ + kNew * (alone - *alone_) : alone;
  Set(*alone_, period_);
}

}  // namespace tideline
