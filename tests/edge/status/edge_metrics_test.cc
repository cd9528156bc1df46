#include "edge/status/edge_metrics.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "tests/common/telemetry/promtool.h"

namespace tideline {
namespace {

using ::testing::HasSubstr;

Result MakeResult() {
  Result result;
  result.time = absl::FromUnixSeconds(1'764'410'400);
  result.model = "photos";
  result.path = Path::kSplit;
  result.codec = "int4/dense";
  result.bytes_up = 5000;
  result.latency.total = absl::Milliseconds(57);
  result.latency.link = absl::Milliseconds(40);
  result.deadline_met = true;
  return result;
}

EdgeFacts MakeFacts() {
  EdgeFacts facts;
  facts.model = {"photos", 1, "aten", "f32", ""};
  facts.link.state = "ready";
  facts.link.uplink = Spread{1e6, 5.85e6, 9e6};
  facts.link.rtt = Spread{10e6, 50e6, 90e6};
  facts.link.bytes_up = 9000;
  facts.in_flight = 2;
  facts.held_bytes = 4096;
  facts.source.dropped = 17;
  facts.lost_results = 5;
  facts.losing.late_answers = 3;
  facts.clouds = {{.address = "a", .wrong_in_a_row = 1}, {.wrong_in_a_row = 4, .barred = true}};
  facts.canaries = 9;
  facts.canaries_wrong = 5;
  return facts;
}

TEST(EdgeMetricsTest, RequestsAreCountedByPathAndOutcome) {
  EdgeMetrics metrics("0.1.0");
  metrics.OnResult(MakeResult());
  Result late = MakeResult();
  late.deadline_met = false;
  metrics.OnResult(late);
  Result failed = MakeResult();
  failed.error = absl::DataLossError("no image");
  metrics.OnResult(failed);
  metrics.OnCut(CutReason::kCloudAway);
  const std::string text = metrics.Text(MakeFacts());
  const std::string prefix = "tideline_requests_total{model=\"photos\",outcome=";
  EXPECT_THAT(text, HasSubstr(prefix + "\"ok\",path=\"split\"} 1"));
  EXPECT_THAT(text, HasSubstr(prefix + "\"late\",path=\"split\"} 1"));
  EXPECT_THAT(text, HasSubstr(prefix + "\"error\",path=\"split\"} 1"));
  EXPECT_THAT(text, HasSubstr(prefix + "\"ok\",path=\"edge\"} 0"));
  EXPECT_THAT(text, HasSubstr("tideline_request_duration_seconds_count{path=\"split\"} 2"));
  EXPECT_THAT(text, HasSubstr("tideline_stage_duration_seconds_count{stage=\"link\"} 2"));
  EXPECT_THAT(text, HasSubstr("tideline_stage_duration_seconds_count{stage=\"head\"} 0"));
  EXPECT_THAT(text, HasSubstr("tideline_activation_bytes_sum{codec=\"int4/dense\"} 15000"));
  EXPECT_THAT(text, HasSubstr("tideline_cut_changes_total{reason=\"cloud_away\"} 1"));
  EXPECT_THAT(text, HasSubstr("tideline_link_up 1"));
  EXPECT_THAT(text, HasSubstr("tideline_link_rtt_seconds 0.05"));
  EXPECT_THAT(text, HasSubstr("tideline_link_bandwidth_bytes_per_second 731250"));
  EXPECT_THAT(text, HasSubstr("tideline_link_bytes_total{direction=\"up\"} 9000"));
  EXPECT_THAT(text, HasSubstr("tideline_queue_requests 2"));
  EXPECT_THAT(text, HasSubstr("tideline_queue_bytes 4096"));
  EXPECT_THAT(text, HasSubstr("tideline_dropped_total{reason=\"frame\"} 17"));
  EXPECT_THAT(text, HasSubstr("tideline_dropped_total{reason=\"result\"} 5"));
  EXPECT_THAT(text, HasSubstr("tideline_dropped_total{reason=\"late_answer\"} 3"));
  EXPECT_THAT(text, HasSubstr("tideline_canaries_total{outcome=\"right\"} 4"));
  EXPECT_THAT(text, HasSubstr("tideline_canaries_total{outcome=\"wrong\"} 5"));
  EXPECT_THAT(text, HasSubstr("tideline_barred_clouds 1"));
  EXPECT_THAT(text, HasSubstr("tideline_canaries_wrong_in_a_row 4"));
  EXPECT_THAT(text, HasSubstr("tideline_last_success_timestamp_seconds 1764410400"));
}

TEST(EdgeMetricsTest, ALinkThatNobodyKnowsHasNoFigure) {
  EdgeMetrics metrics("0.1.0");
  const std::string text = metrics.Text(EdgeFacts());
  EXPECT_THAT(text, HasSubstr("tideline_link_rtt_seconds Nan"));
  EXPECT_THAT(text, HasSubstr("tideline_link_bandwidth_bytes_per_second Nan"));
}

TEST(EdgeMetricsTest, PrometheusHasNothingToSayOfThem) {
  EdgeMetrics metrics("0.1.0");
  metrics.OnResult(MakeResult());
  const auto said = PromtoolSays(metrics.Text(MakeFacts()), testing::TempDir() + "edge-");
  if (!said) {
    GTEST_SKIP() << "promtool is not here: Debian's package prometheus has it";
  }
  EXPECT_EQ(*said, "");
}

}  // namespace
}  // namespace tideline
