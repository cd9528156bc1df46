#include "common/telemetry/metrics.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace tideline {
namespace {

using ::testing::HasSubstr;

TEST(MetricsTest, FiguresAreInTheText) {
  MetricsRegistry registry;
  CounterMetric counter = registry.AddCounter("things_total", "Things.", {{"kind", "a"}});
  counter.Add();
  counter.Add(2);
  registry.AddGauge("level_bytes", "A level.").Set(5);
  registry.AddHistogram("wait_seconds", "Waits.", {0.1, 1}).Observe(absl::Milliseconds(500));
  const std::string text = registry.Text();
  EXPECT_THAT(text, HasSubstr("# TYPE tideline_things_total counter\n"));
  EXPECT_THAT(text, HasSubstr("tideline_things_total{kind=\"a\"} 3"));
  EXPECT_THAT(text, HasSubstr("tideline_level_bytes 5"));
  EXPECT_THAT(text, HasSubstr("tideline_wait_seconds_bucket{le=\"0.1\"} 0"));
  EXPECT_THAT(text, HasSubstr("tideline_wait_seconds_bucket{le=\"1\"} 1"));
  EXPECT_THAT(text, HasSubstr("tideline_wait_seconds_count 1"));
}

TEST(MetricsTest, TheSameNameAndLabelsAreTheSameFigure) {
  MetricsRegistry registry;
  registry.AddCounter("things_total", "Things.").Add();
  registry.AddCounter("things_total", "Things.").Add();
  EXPECT_THAT(registry.Text(), HasSubstr("tideline_things_total 2"));
}

TEST(MetricsTest, ACounterThatIsRaisedNeverFalls) {
  MetricsRegistry registry;
  CounterMetric counter = registry.AddCounter("bytes_total", "Bytes.");
  counter.RaiseTo(10);
  counter.RaiseTo(7);
  EXPECT_THAT(registry.Text(), HasSubstr("tideline_bytes_total 10"));
}

TEST(MetricsTest, ALabelsValueMayHoldAnything) {
  MetricsRegistry registry;
  registry.AddCounter("things_total", "Things.", {{"kind", "a\"b\\\n"}}).Add();
  EXPECT_THAT(registry.Text(), HasSubstr("{kind=\"a\\\"b\\\\\\n\"} 1"));
}

}  // namespace
}  // namespace tideline
