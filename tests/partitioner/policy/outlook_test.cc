#include "partitioner/policy/outlook.h"

#include <memory>
#include <string>

#include <gtest/gtest.h>

#include "tests/partitioner/planner/example_set.h"

namespace tideline {
namespace {

class OutlookTest : public ::testing::Test {
 protected:
  OutlookTest()
      : planner_(Planner::Make(std::make_shared<const CandidateSet>(
                                   MakeCandidates(MakeExample().Inputs()).value()),
                               {})
                     .value()),
        edge_(EdgeCandidates(planner_)) {
    link_.up = Quantiles::Make({{0.05, 0.1e6}, {0.5, 10e6}, {0.95, 20e6}}).value();
    link_.down = link_.up;
    link_.rtt = Quantiles(10e6);
  }

  Outlook Of(const std::string& cut, const TailOptions& tail, double slowdown = 1) {
    const Conditions conditions{.link = &link_, .edge_slowdown = slowdown};
    const OutlookMaker maker(planner_, edge_, conditions, tail);
    for (size_t i = 0; i < planner_.set().candidates.size(); ++i) {
      const Candidate& candidate = planner_.candidate(static_cast<int>(i));
      if (candidate.cut == cut && (cut == "edge" || candidate.codec == "int8")) {
        return maker.Make(static_cast<int>(i));
      }
    }
    ADD_FAILURE() << "there is no " << cut;
    return {};
  }

  Planner planner_;
  std::vector<int> edge_;
  Link link_;
};

TailOptions Deadline(double ms) {
  return {TailMode::kDeadline, absl::Milliseconds(ms), /*margin=*/1.1};
}
constexpr TailOptions kRace = {.mode = TailMode::kRace, .margin = 1.1};

TEST_F(OutlookTest, TheEdgeNeedsNoTail) {
  const Outlook edge = Of("edge", Deadline(100));
  EXPECT_NEAR(edge.mean, 40e6, 1);
  EXPECT_EQ(edge.late, 0);
  EXPECT_EQ(edge.tail.start_ns, TailPlan::kNever);
}

TEST_F(OutlookTest, ABadCaseCostsTheDeadlineWhereTheFinishBoundsIt) {
  const Outlook unbounded = Of("b", Deadline(1e6));
  const Outlook bounded = Of("b", Deadline(100));
  EXPECT_LT(bounded.mean, unbounded.mean);
  EXPECT_EQ(bounded.late, 0);
  EXPECT_LT(Of("b", Deadline(60)).mean, bounded.mean);
}

TEST_F(OutlookTest, WhatIsSentCostsALittleAndWhatIsLateMuch) {
  const Outlook edge = Of("edge", Deadline(100));
  EXPECT_EQ(edge.cost, edge.mean);
  const Outlook split = Of("b", Deadline(100));
  EXPECT_GT(split.cost, 1.02 * split.mean);
  EXPECT_LT(split.cost, 1.05 * split.mean);
  const Outlook late = Of("b", Deadline(30), /*slowdown=*/2);
  EXPECT_GT(late.late, 0);
  EXPECT_NEAR(late.cost - late.mean, 3 * 30e6 * late.late, 0.05 * late.mean);
}

TEST_F(OutlookTest, ARaceIsNeverMuchSlowerThanTheEdge) {
  const Outlook race = Of("b", kRace);
  EXPECT_NEAR(race.tail.start_ns, 20e6 + 1e5, 1e6);
  EXPECT_LT(race.mean, 1.01 * 40e6);
}

TEST_F(OutlookTest, ADeadlineBelowTheEdgesOwnTimeMakesItLate) {
  const Outlook edge = Of("edge", Deadline(70), /*slowdown=*/2);
  EXPECT_EQ(edge.late, 1);
  EXPECT_GT(edge.cost, edge.mean + 70e6);
  const Outlook split = Of("b", Deadline(70), /*slowdown=*/2);
  EXPECT_LT(split.late, 1);
  EXPECT_LT(split.cost, edge.cost);
}

TEST_F(OutlookTest, ASlowerEdgeIsSlowerInEverything) {
  EXPECT_NEAR(Of("edge", Deadline(500), 3).mean, 120e6, 1);
  EXPECT_GT(Of("c", Deadline(500), 3).mean, Of("c", Deadline(500)).mean);
}

TEST_F(OutlookTest, TheEdgeIsAlwaysAmongThePromising) {
  const Conditions conditions{.link = &link_};
  const OutlookMaker maker(planner_, edge_, conditions, kRace);
  const std::vector<int> promising = maker.Promising();
  for (const int edge : edge_) {
    EXPECT_TRUE(std::ranges::find(promising, edge) != promising.end());
  }
  EXPECT_GT(promising.size(), edge_.size());
}

}  // namespace
}  // namespace tideline
