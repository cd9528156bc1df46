#include "cloud/status/cloud_metrics.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "tests/common/telemetry/promtool.h"

namespace tideline {
namespace {

using ::testing::HasSubstr;

class CloudMetricsTest : public testing::Test {
 protected:
  void Serve() {
    const ServedJob job{.model = "photos",
                        .cut = "features.3",
                        .codec = "int4/dense",
                        .bytes = 5000,
                        .queue = absl::Milliseconds(1),
                        .tail = absl::Milliseconds(3),
                        .busy = absl::Milliseconds(4),
                        .total = absl::Milliseconds(5)};
    board_.OnServed(job);
    metrics_.OnServed(job);
  }

  std::string Text() {
    CloudFacts facts;
    facts.models = {{"photos", 1, "aten"}};
    facts.edges.resize(2);
    facts.queue_bytes = 77;
    return metrics_.Text(facts, board_);
  }

  ManualClock clock_;
  CloudBoard board_{clock_};
  CloudMetrics metrics_{"0.1.0"};
};

TEST_F(CloudMetricsTest, FiguresAreThoseOfTheTraffic) {
  Serve();
  Serve();
  metrics_.OnFailed("photos", /*whole=*/true);
  board_.OnRefused(absl::ResourceExhaustedError("full"));
  board_.OnReceived(9000);
  const std::string text = Text();
  const std::string prefix = "tideline_requests_total{model=\"photos\",outcome=";
  EXPECT_THAT(text, HasSubstr(prefix + "\"ok\",path=\"split\"} 2"));
  EXPECT_THAT(text, HasSubstr(prefix + "\"error\",path=\"cloud\"} 1"));
  EXPECT_THAT(text, HasSubstr("tideline_request_duration_seconds_sum 0.01"));
  EXPECT_THAT(text, HasSubstr("tideline_stage_duration_seconds_count{stage=\"tail\"} 2"));
  EXPECT_THAT(text, HasSubstr("tideline_dropped_total{reason=\"overload\"} 1"));
  EXPECT_THAT(text, HasSubstr("tideline_connected_edges 2"));
  EXPECT_THAT(text, HasSubstr("tideline_queue_bytes 77"));
  EXPECT_THAT(text, HasSubstr("tideline_link_bytes_total{direction=\"up\"} 9000"));
  EXPECT_THAT(text, HasSubstr("tideline_engine_up{engine=\"aten\",model=\"photos\"} 1"));
}

TEST_F(CloudMetricsTest, ACounterIsNotCountedTwiceByLookingTwice) {
  board_.OnReceived(9000);
  Text();
  EXPECT_THAT(Text(), HasSubstr("tideline_link_bytes_total{direction=\"up\"} 9000"));
}

TEST_F(CloudMetricsTest, PrometheusHasNothingToSayOfThem) {
  Serve();
  const auto said = PromtoolSays(Text(), testing::TempDir() + "cloud-");
  if (!said) {
    GTEST_SKIP() << "promtool is not here: Debian's package prometheus has it";
  }
  EXPECT_EQ(*said, "");
}

}  // namespace
}  // namespace tideline
