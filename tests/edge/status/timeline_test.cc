#include "edge/status/timeline.h"

#include <gtest/gtest.h>

namespace tideline {
namespace {

constexpr absl::Duration kMs = absl::Milliseconds(1);

Result MakeResult() {
  Result result;
  result.time = absl::FromUnixMillis(1060);
  result.id = "photos/cat.jpg";
  result.path = Path::kSplit;
  result.cloud = "tcp://10.0.0.7:5600";
  result.latency = {.total = 60 * kMs,
                    .head = 3 * kMs,
                    .encode = 1 * kMs,
                    .link = 40 * kMs,
                    .decode = 1 * kMs,
                    .queue = 2 * kMs,
                    .tail = 6 * kMs};
  result.timeline = {.admitted = 500 * kMs,
                     .started = 502 * kMs,
                     .encode_begun = 505 * kMs,
                     .replied = 556 * kMs,
                     .round_trip = 50 * kMs,
                     .cloud_ended = 550 * kMs};
  return result;
}

TEST(EdgeTimelineTest, TheCloudsTimeLiesInTheRoundTrip) {
  const RequestTimeline timeline = TimelineOf(MakeResult());
  EXPECT_EQ(timeline.admitted, absl::FromUnixMillis(1000));
  EXPECT_EQ(timeline.head.begin, 2 * kMs);
  EXPECT_EQ(timeline.encode->begin, 5 * kMs);
  EXPECT_EQ(timeline.link->begin, 6 * kMs);
  EXPECT_EQ(timeline.link->length, 50 * kMs);
  EXPECT_EQ(timeline.cloud->end, 50 * kMs);
  EXPECT_EQ(timeline.cloud->busy, 10 * kMs);
  EXPECT_EQ(timeline.cloud->address, "tcp://10.0.0.7:5600");
  EXPECT_FALSE(timeline.finish.has_value());
}

TEST(EdgeTimelineTest, AFinishHereHasNoRoundTrip) {
  Result result = MakeResult();
  result.path = Path::kEdge;
  result.timeline.replied = absl::ZeroDuration();
  result.timeline.finish_begun = 530 * kMs;
  const RequestTimeline timeline = TimelineOf(result);
  EXPECT_FALSE(timeline.link.has_value());
  EXPECT_FALSE(timeline.cloud.has_value());
  EXPECT_EQ(timeline.finish->begin, 30 * kMs);
  EXPECT_EQ(timeline.finish->length, 6 * kMs);
}

}  // namespace
}  // namespace tideline
