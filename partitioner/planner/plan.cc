#include "partitioner/planner/plan.h"

#include <algorithm>

namespace tideline {
namespace {

double Rate(const Quantiles& rate, double luck, const std::optional<BitRate>& cap) {
  const double bits = rate.At(1 - luck);
  return cap ? std::min(bits, cap->bits_per_second) : bits;
}

}  // namespace

LinkMoment::LinkMoment(const Link& link, double luck, bool idle, const std::optional<BitRate>& cap)
    : up(Rate(link.up, luck, cap), link.rtt.At(luck), link.tcp, idle),
      down(Rate(link.down, luck, std::nullopt), link.rtt.At(luck), link.tcp, idle) {}

}  // namespace tideline
