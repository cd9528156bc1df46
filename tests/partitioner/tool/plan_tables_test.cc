#include "partitioner/tool/plan_tables.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "tests/partitioner/report/example_report.h"

namespace tideline {
namespace {

using ::testing::HasSubstr;
using ::testing::Not;

TEST(PlanTablesTest, EveryTermHasAColumnAndEveryRunnerUpAReason) {
  const PlanReport report = ExamplePlan().Report();
  const std::string text = PlanText(report, /*sweep=*/false);
  for (const char* column : {"head", "encode", "up", "decode", "queue", "tail", "down", "total",
                             "p99", "bytes", "energy", "accuracy lost"}) {
    EXPECT_THAT(text, HasSubstr(column));
  }
  EXPECT_THAT(text, HasSubstr("Why the others come later"));
  EXPECT_THAT(text, HasSubstr("What would change the choice"));
  EXPECT_THAT(text, HasSubstr(" wins ("));
  EXPECT_THAT(text, HasSubstr("Best: " + report.best().Label()));
  EXPECT_THAT(text, Not(HasSubstr("Over the uplink's rate")));
}

TEST(PlanTablesTest, LinesOfReasonsAreNoWiderThanAHundredLetters) {
  const std::string text = PlanText(ExamplePlan().Report(), /*sweep=*/false);
  const size_t begin = text.find("Why the others come later");
  const size_t end = text.find("\n\n", begin);
  size_t longest = 0;
  for (size_t at = begin; at < end; at = text.find('\n', at) + 1) {
    longest = std::max(longest, text.find('\n', at) - at);
  }
  EXPECT_LE(longest, 100);
}

TEST(PlanTablesTest, ASweepIsDrawnWhereItIsAskedFor) {
  const std::string text = PlanText(ExamplePlan().Report(), /*sweep=*/true);
  EXPECT_THAT(text, HasSubstr("Over the uplink's rate"));
  EXPECT_THAT(text, HasSubstr(".###"));
}

TEST(PlanTablesTest, AnUnmetTargetIsShownWithWhatItMisses) {
  const std::string text =
      PlanText(ExamplePlan().Report({.latency = absl::Milliseconds(1)}), /*sweep=*/false);
  EXPECT_THAT(text, HasSubstr("BROKEN  latency_p99 is "));
  EXPECT_THAT(text, HasSubstr("Least bad: "));
}

TEST(PlanTablesTest, WhatTheObjectiveIsAboutHasAColumn) {
  EXPECT_THAT(PlanText(ExamplePlan().Report({.objective = Objective::kThroughput}), false),
              HasSubstr("period"));
}

TEST(PlanTablesTest, ControlCharactersOfNamesAreNotPrinted) {
  PlanReport report = ExamplePlan().Report();
  for (PlanOption& option : report.ranked) {
    option.cut = "\x1b[2J";
  }
  report.model = report.link.name = "\x1b[2J";
  EXPECT_THAT(PlanText(report, false), Not(HasSubstr("\x1b")));
}

}  // namespace
}  // namespace tideline
