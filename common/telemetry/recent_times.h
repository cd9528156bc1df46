#pragma once

#include <algorithm>
#include <array>
#include <cmath>
#include <cstddef>
#include <optional>
#include <vector>

#include "absl/time/time.h"

#include "common/base/clock.h"

namespace tideline {

// What the latest of many events took.
template <size_t N>
struct TimesSummary {
  std::array<absl::Duration, N> mean;  // of each time
  absl::Duration p50;                  // nearest rank, of the first time
  absl::Duration p95;
  absl::Duration p99;
};

// Times of events, N of each, over a window that slides. Keeps kMost events in memory that is taken
// once; where more come within the window, its figures are those of the latest. Thread-compatible.
template <size_t N>
class RecentTimes {
 public:
  static constexpr size_t kMost = 4096;
  static constexpr absl::Duration kWindow = absl::Seconds(10);

  explicit RecentTimes(MonotonicTime now) : since_(now) { events_.reserve(kMost); }

  void Add(MonotonicTime now, const std::array<absl::Duration, N>& times) {
    const Event event{now, times};
    if (events_.size() < kMost) {
      events_.push_back(event);
    } else {
      since_ = events_[next_].at;
      events_[next_] = event;
      next_ = (next_ + 1) % kMost;
    }
  }

  // Events per second in the window, or since the start where that is shorter.
  double PerSecond(MonotonicTime now) const {
    const double seconds = absl::ToDoubleSeconds(std::min(kWindow, now - since_));
    return seconds > 0 ? static_cast<double>(Latest(now).size()) / seconds : 0;
  }

  // nullopt where nothing came within the window.
  std::optional<TimesSummary<N>> Summary(MonotonicTime now) const {
    const std::vector<const Event*> latest = Latest(now);
    if (latest.empty()) {
      return std::nullopt;
    }
    TimesSummary<N> summary;
    std::vector<absl::Duration> first;
    first.reserve(latest.size());
    for (const Event* event : latest) {
      first.push_back(event->times[0]);
      for (size_t i = 0; i < N; ++i) {
        summary.mean[i] += event->times[i] / static_cast<int64_t>(latest.size());
      }
    }
    std::ranges::sort(first);
    const auto rank = [&](double share) {
      return first[static_cast<size_t>(std::ceil(share * static_cast<double>(first.size()))) - 1];
    };
    summary.p50 = rank(0.50);
    summary.p95 = rank(0.95);
    summary.p99 = rank(0.99);
    return summary;
  }

 private:
  struct Event {
    MonotonicTime at;
    std::array<absl::Duration, N> times;
  };

  std::vector<const Event*> Latest(MonotonicTime now) const {
    std::vector<const Event*> latest;
    for (const Event& event : events_) {
      if (event.at > now - kWindow) {
        latest.push_back(&event);
      }
    }
    return latest;
  }

  MonotonicTime since_;  // all later events are kept
  std::vector<Event> events_;
  size_t next_ = 0;  // the oldest, where the memory is full
};

}  // namespace tideline
