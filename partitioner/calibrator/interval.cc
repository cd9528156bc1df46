#include "partitioner/calibrator/interval.h"

#include <algorithm>
#include <cmath>

namespace tideline {
namespace {

constexpr double kZ = 1.959963984540054;  // 97.5 % of the normal distribution lie below

}  // namespace

Interval ShareInterval(int64_t hits, int64_t count) {
  if (count == 0) {
    return {};
  }
  const auto n = static_cast<double>(count);
  const double share = static_cast<double>(hits) / n;
  const double shrink = 1 / (1 + kZ * kZ / n);
  const double middle = (share + kZ * kZ / (2 * n)) * shrink;
  const double half = kZ * std::sqrt(share * (1 - share) / n + kZ * kZ / (4 * n * n)) * shrink;
  return {share, std::max(middle - half, 0.0), std::min(middle + half, 1.0)};
}

Interval DropInterval(int64_t lost, int64_t gained, int64_t count) {
  if (count == 0) {
    return {};
  }
  const double n = static_cast<double>(count) + 2;
  const double lost_share = static_cast<double>(lost + 1) / n;
  const double gained_share = static_cast<double>(gained + 1) / n;
  const double middle = lost_share - gained_share;
  const double half = kZ * std::sqrt((lost_share + gained_share - middle * middle) / n);
  return {static_cast<double>(lost - gained) / static_cast<double>(count),
          std::max(middle - half, -1.0), std::min(middle + half, 1.0)};
}

}  // namespace tideline
