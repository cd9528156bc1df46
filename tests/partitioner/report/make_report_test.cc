#include "partitioner/report/make_report.h"

#include <algorithm>
#include <cmath>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "tests/partitioner/report/example_report.h"

namespace tideline {
namespace {

using ::testing::HasSubstr;
using ::testing::IsEmpty;
using ::testing::Not;

std::vector<std::string> Cuts(const std::vector<PlanOption>& options) {
  std::vector<std::string> cuts;
  for (const PlanOption& option : options) {
    cuts.push_back(option.cut);
  }
  return cuts;
}

TEST(MakeReportTest, TheBestOfEachCutIsRankedWithItsReason) {
  const ExamplePlan plan;
  const PlanReport report = plan.Report();
  EXPECT_EQ(report.best().candidate, plan.Make().Choose(plan.conditions()).best().candidate);
  EXPECT_THAT(Cuts(report.ranked), testing::UnorderedElementsAre("a", "b", "c", "edge", "input"));
  EXPECT_THAT(report.best().why, IsEmpty());
  for (size_t i = 1; i < report.ranked.size(); ++i) {
    EXPECT_LE(report.ranked[i - 1].score, report.ranked[i].score);
    EXPECT_THAT(report.ranked[i].why, HasSubstr("latency ")) << report.ranked[i].Label();
  }
}

TEST(MakeReportTest, PastTheLimitTheEdgeAndTheInputAreStillThere) {
  const PlanReport report = ExamplePlan().Report({}, {.ranked = 1});
  EXPECT_THAT(Cuts(report.ranked), testing::IsSupersetOf({"edge", "input"}));
  EXPECT_LE(report.ranked.size(), 3);
}

TEST(MakeReportTest, OtherSettingsAreOfTheBestCut) {
  const PlanReport report = ExamplePlan().Report({.send_input = false, .min_depth = 1});
  ASSERT_FALSE(report.codecs.empty());
  for (const PlanOption& option : report.codecs) {
    EXPECT_EQ(option.cut, report.best().cut);
    EXPECT_NE(option.candidate, report.best().candidate);
    EXPECT_THAT(option.why, Not(IsEmpty()));
  }
}

TEST(MakeReportTest, ATargetOutOfReachSaysHowNearAnyPlanComes) {
  const PlanReport report = ExamplePlan().Report({.latency = absl::Milliseconds(1)});
  EXPECT_FALSE(report.met);
  ASSERT_EQ(report.constraints.size(), 1);
  EXPECT_FALSE(report.constraints[0].check.met);
  ASSERT_TRUE(report.constraints[0].out_of_reach);
  EXPECT_THAT(report.constraints[0].out_of_reach->text, HasSubstr("too much"));
}

TEST(MakeReportTest, ATargetThatBindsNamesWhatItCosts) {
  const ExamplePlan plan;
  const PlanReport free = plan.Report();
  const PlanReport bound = plan.Report({.accuracy_drop = 0.0001});
  ASSERT_GT(free.best().accuracy_drop, 0.0001);
  EXPECT_TRUE(bound.met);
  ASSERT_EQ(bound.constraints.size(), 1);
  ASSERT_TRUE(bound.constraints[0].without);
  EXPECT_EQ(bound.constraints[0].without->candidate, free.best().candidate);
  EXPECT_FALSE(bound.constraints[0].out_of_reach);
  const PlanReport loose = plan.Report({.accuracy_drop = 0.5});
  EXPECT_FALSE(loose.constraints[0].without);
}

TEST(MakeReportTest, PrivacyIsATargetToo) {
  const PlanReport report = ExamplePlan().Report({.send_input = false});
  ASSERT_EQ(report.constraints.size(), 1);
  EXPECT_EQ(report.constraints[0].check.name, "send_input");
  EXPECT_TRUE(report.constraints[0].check.met);
  for (const PlanOption& option : report.front) {
    EXPECT_FALSE(option.is_input());
  }
  EXPECT_EQ(std::ranges::count(report.sweep.curves, "input", &SweepReport::Curve::name), 0);
}

TEST(MakeReportTest, ASweepCoversItsRangeAndItsBestIsBelowEveryRival) {
  const PlanReport report = ExamplePlan().Report({}, {.from = BitRate{1e5}, .to = BitRate{1e9}});
  const SweepReport& sweep = report.sweep;
  EXPECT_EQ(sweep.stretches.front().from, BitRate{1e5});
  EXPECT_EQ(sweep.stretches.back().to, BitRate{1e9});
  EXPECT_GT(sweep.stretches.size(), 2);
  EXPECT_NEAR(sweep.rates.back(), 1e9, 1);
  for (const SweepReport::Curve& curve : sweep.curves) {
    ASSERT_EQ(curve.latencies.size(), sweep.rates.size());
    for (size_t i = 0; i < sweep.rates.size(); ++i) {
      EXPECT_GE(curve.latencies[i], sweep.curves[0].latencies[i]) << curve.name;
    }
  }
}

TEST(MakeReportTest, AWhatIfComparesTheTwoPlansUnderTheChange) {
  const ExamplePlan plan;
  const PlanReport report = plan.Report(
      {}, {.what_ifs = {{"slow link", {{Lever::kLinkRate, 0.001}}},
                        {"same", {{Lever::kCloudSpeed, 2}, {Lever::kCloudSpeed, 0.5}}}}});
  ASSERT_EQ(report.what_ifs.size(), 2);
  EXPECT_EQ(report.what_ifs[0].now.candidate, report.best().candidate);
  EXPECT_EQ(report.what_ifs[0].then.cut, "edge");
  EXPECT_LT(report.what_ifs[0].then.terms.latency_ns, report.what_ifs[0].now.terms.latency_ns);
  EXPECT_EQ(report.what_ifs[1].then.candidate, report.best().candidate);
  EXPECT_DOUBLE_EQ(report.what_ifs[1].then.terms.latency_ns, report.best().terms.latency_ns);
}

TEST(MakeReportTest, AnEmptySweepIsRefused) {
  const ExamplePlan plan;
  const auto report =
      MakePlanReport(plan.Make(), plan.conditions(), {.from = BitRate{2e6}, .to = BitRate{1e6}});
  EXPECT_EQ(report.status().code(), absl::StatusCode::kInvalidArgument);
}

}  // namespace
}  // namespace tideline
