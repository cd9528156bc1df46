#include "partitioner/policy/in_flight.h"

#include <algorithm>
#include <cmath>

namespace tideline {

int InFlight(const Terms& terms, const InFlightLimits& limits) {
  double most = std::max(limits.most, limits.least);
  if (limits.most_held_bytes > 0 && limits.held_bytes > 0) {
    most = std::min(most, std::floor(limits.most_held_bytes / limits.held_bytes));
  }
  const double wanted =
      terms.period_ns > 0 ? std::ceil(terms.latency_ns / terms.period_ns) + 1 : limits.least;
  return static_cast<int>(
      std::clamp<double>(wanted, limits.least, std::max<double>(most, limits.least)));
}

}  // namespace tideline
