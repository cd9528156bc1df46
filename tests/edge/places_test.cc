#include "edge/places.h"

#include <algorithm>
#include <vector>

#include <gtest/gtest.h>

namespace tideline {
namespace {

// An edge, a link and a cloud side by side in virtual time: each does one request after the other.
struct Stages {
  absl::Duration edge;
  absl::Duration sending;
  absl::Duration rtt;
  absl::Duration cloud;

  // Requests that are there from the beginning, through `places`: how long one of the last takes.
  absl::Duration Period(Places& places, int requests) const {
    std::vector<absl::Duration> done;
    absl::Duration edge_free = absl::ZeroDuration();
    absl::Duration link_free = absl::ZeroDuration();
    absl::Duration cloud_free = absl::ZeroDuration();
    for (int i = 0; i < requests; ++i) {
      const int before = i - static_cast<int>(places.count());
      const absl::Duration admitted =
          before >= 0 ? done[static_cast<size_t>(before)] : absl::ZeroDuration();
      edge_free = std::max(admitted, edge_free) + edge;
      link_free = std::max(edge_free, link_free) + sending;
      cloud_free = std::max(link_free + rtt / 2, cloud_free) + cloud;
      done.push_back(cloud_free + rtt / 2);
      Latency latency{.head = edge, .link = done.back() - edge_free - cloud, .tail = cloud};
      places.Learn(latency, sending, rtt);
    }
    const size_t half = done.size() / 2;
    return (done.back() - done[half]) / static_cast<double>(done.size() - 1 - half);
  }
};

constexpr Stages kLongWay{absl::Milliseconds(5), absl::Milliseconds(10), absl::Milliseconds(200),
                          absl::Milliseconds(4)};

TEST(PlacesTest, ANumberStays) {
  Places places(4, /*automatic=*/false);
  places.Expect({.latency_ns = 100e6, .period_ns = 1e6});
  places.Learn({.head = absl::Milliseconds(1)}, absl::Milliseconds(1), absl::Seconds(1));
  EXPECT_EQ(places.count(), 4U);
}

TEST(PlacesTest, TheyFollowBandwidthTimesDelay) {
  Places few(4, /*automatic=*/false);
  Places many(64, /*automatic=*/false);
  Places automatic(64, /*automatic=*/true);
  const absl::Duration best = kLongWay.Period(many, 2000);
  EXPECT_EQ(best, absl::Milliseconds(10));  // the link is never idle
  EXPECT_GT(kLongWay.Period(few, 2000), 5 * best);
  EXPECT_LT(kLongWay.Period(automatic, 2000), 1.01 * best);
  EXPECT_LE(automatic.count(), 23U);  // (5 + 10 + 200 + 4) / 10, and one more
}

TEST(PlacesTest, NearACloudFewAreEnough) {
  const Stages near{absl::Milliseconds(5), absl::Milliseconds(2), absl::Milliseconds(1),
                    absl::Milliseconds(20)};
  Places automatic(64, /*automatic=*/true);
  EXPECT_LT(near.Period(automatic, 500), 1.01 * absl::Milliseconds(20));
  EXPECT_EQ(automatic.count(), 3U);
}

TEST(PlacesTest, TheyFollowALinkThatChanges) {
  Places automatic(64, /*automatic=*/true);
  kLongWay.Period(automatic, 200);
  Stages thin = kLongWay;
  thin.sending = absl::Milliseconds(100);
  thin.Period(automatic, 200);
  EXPECT_LE(automatic.count(), 5U);
}

TEST(PlacesTest, WhatIsExpectedCountsWithoutTheQueue) {
  Places automatic(64, /*automatic=*/true);
  EXPECT_EQ(automatic.count(), 1U);
  automatic.Expect({.queue_ns = 900e6, .latency_ns = 1000e6, .period_ns = 20e6});
  EXPECT_EQ(automatic.count(), 6U);
}

}  // namespace
}  // namespace tideline
