#pragma once

#include <algorithm>
#include <array>
#include <cstdint>

#include "common/base/clock.h"

namespace tideline {

// How many events come per second, over the latest ten whole seconds and the one that runs. In
// fixed memory. Thread-compatible.
class RecentRate {
 public:
  explicit RecentRate(MonotonicTime now) : since_(now) {}

  void Add(MonotonicTime now) {
    const int64_t second = SecondOf(now);
    Bucket& bucket = buckets_[second % kBuckets];
    if (bucket.second != second) {
      bucket = {second, 0};
    }
    ++bucket.events;
  }

  double PerSecond(MonotonicTime now) const {
    const int64_t first = SecondOf(now) - kBuckets + 1;
    uint64_t events = 0;
    for (const Bucket& bucket : buckets_) {
      events += bucket.second >= first ? bucket.events : 0;
    }
    const MonotonicTime begin = std::max(since_, absl::Seconds(first));
    const double seconds = absl::ToDoubleSeconds(now - begin);
    return seconds > 0 ? static_cast<double>(events) / seconds : 0;
  }

 private:
  static constexpr int64_t kBuckets = 11;
  struct Bucket {
    int64_t second = -kBuckets;
    uint64_t events = 0;
  };
  static int64_t SecondOf(MonotonicTime now) { return absl::ToInt64Seconds(now); }

  MonotonicTime since_;
  std::array<Bucket, kBuckets> buckets_;
};

}  // namespace tideline
