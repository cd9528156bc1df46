#pragma once

#include <cstdint>

// 95 % intervals of shares. Pure.
namespace tideline {

struct Interval {
  double value = 0;
  double low = 0;
  double high = 0;

  bool operator==(const Interval&) const = default;
};

// `hits` of `count` (Wilson's interval). All zeros where count is 0.
Interval ShareInterval(int64_t hits, int64_t count);

// How much smaller a share got on the same `count` cases: `lost` of them were right before and are
// wrong now, `gained` the other way round (Bonett and Price's interval of paired shares). All zeros
// where count is 0.
Interval DropInterval(int64_t lost, int64_t gained, int64_t count);

}  // namespace tideline
