#include "partitioner/report/html_report.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "partitioner/report/pictures.h"
#include "tests/partitioner/report/example_report.h"
#include "tests/partitioner/report/well_formed.h"

namespace tideline {
namespace {

using ::testing::HasSubstr;
using ::testing::Not;

int Count(const std::string& text, const std::string& part) {
  int count = 0;
  for (size_t at = text.find(part); at != std::string::npos; at = text.find(part, at + 1)) {
    ++count;
  }
  return count;
}

TEST(HtmlReportTest, ThePageIsWellFormedAndNeedsNothingElse) {
  for (const Targets& targets :
       {Targets{}, Targets{.latency = absl::Milliseconds(1)}, Targets{.send_input = false},
        Targets{.objective = Objective::kThroughput, .accuracy_drop = 0.01},
        Targets{.objective = Objective::kEnergy, .uplink = BitRate{1e6}}}) {
    const std::string html = FormatHtml(ExamplePlan().Report(targets));
    EXPECT_EQ(WhatIsMalformed(html), "");
    EXPECT_THAT(html, Not(HasSubstr("<script")));
    EXPECT_THAT(html, Not(HasSubstr("src=")));
    EXPECT_THAT(html, Not(HasSubstr("href=")));
    EXPECT_THAT(html, Not(HasSubstr("url(")));
    EXPECT_THAT(html, HasSubstr("prefers-color-scheme: dark"));
  }
}

TEST(HtmlReportTest, ThePageNamesTheCutTheInputsAndTheWarnings) {
  PlanReport report = ExamplePlan().Report({.send_input = false, .min_depth = 1});
  report.warnings = {"not calibrated"};
  const std::string html = FormatHtml(report);
  EXPECT_THAT(html, HasSubstr(report.best().cut));
  EXPECT_THAT(html, HasSubstr("example version 1"));
  EXPECT_THAT(html, HasSubstr("not calibrated"));
  EXPECT_THAT(html, HasSubstr("<dt>edge</dt><dd>board</dd>"));
}

TEST(HtmlReportTest, HostileNamesLeaveThePageWellFormed) {
  PlanReport report = ExamplePlan().Report();
  const std::string hostile = "\"/><script>alert('&')</script>\x01\xff";
  report.model = hostile;
  report.link.name = hostile;
  report.inputs = {{hostile, hostile}};
  report.warnings = {hostile};
  report.network.input = hostile;
  for (NetworkPicture::Group& group : report.network.groups) {
    group.name = group.operators = group.shape = hostile;
  }
  for (std::vector<PlanOption>* options : {&report.ranked, &report.codecs, &report.front}) {
    for (PlanOption& option : *options) {
      option.cut = option.codec = option.why = option.edge_engine = hostile;
    }
  }
  for (SweepReport::Stretch& stretch : report.sweep.stretches) {
    stretch.option.cut = hostile;
  }
  const std::string html = FormatHtml(report);
  EXPECT_EQ(WhatIsMalformed(html), "");
  EXPECT_THAT(html, Not(HasSubstr("<script")));
}

TEST(HtmlReportTest, AnUnmetTargetIsSaid) {
  EXPECT_THAT(FormatHtml(ExamplePlan().Report({.latency = absl::Milliseconds(1)})),
              HasSubstr("No plan meets every target"));
  EXPECT_THAT(FormatHtml(ExamplePlan().Report()), Not(HasSubstr("No plan meets every target")));
}

TEST(PicturesTest, EveryGroupOfTheNetworkIsDrawnOnItsSide) {
  PlanReport report = ExamplePlan().Report();
  report.ranked[0].cut = "b";
  const std::string svg = DrawNetwork(report);
  EXPECT_EQ(Count(svg, "class=\"box on-edge\""), 2);
  EXPECT_EQ(Count(svg, "class=\"box on-cloud\""), 2);
  EXPECT_EQ(Count(svg, "class=\"wire crossing\""), 2);
  EXPECT_EQ(Count(svg, "class=\"cut\""), 1);
  report.ranked[0].cut = "edge";
  EXPECT_EQ(Count(DrawNetwork(report), "class=\"cut\""), 0);
}

TEST(PicturesTest, EachPlanHasABarOfItsTerms) {
  const PlanReport report = ExamplePlan().Report();
  const std::string svg = DrawLatencies(report);
  for (const PlanOption& option : report.ranked) {
    EXPECT_THAT(svg, HasSubstr(">" + option.Label() + "<"));
  }
  EXPECT_GT(Count(svg, "class=\"p-head\""), 1);
  EXPECT_GT(Count(svg, "class=\"p-up\""), 1);
}

TEST(PicturesTest, TheStripHasEveryStretchOfTheSweep) {
  const PlanReport report = ExamplePlan().Report();
  EXPECT_EQ(Count(DrawSweep(report), "class=\"strip "),
            static_cast<int>(report.sweep.stretches.size()));
}

TEST(PicturesTest, TheFrontHasTheBestInARing) {
  const PlanReport report = ExamplePlan().Report();
  for (const Against against : {Against::kBytes, Against::kEnergy, Against::kAccuracy}) {
    const std::string svg = DrawFront(report, against);
    EXPECT_EQ(Count(svg, "class=\"ring\""), 1);
    EXPECT_GT(Count(svg, "class=\"dot "), 2);
  }
}

}  // namespace
}  // namespace tideline
