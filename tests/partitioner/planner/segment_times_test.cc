#include "partitioner/planner/segment_times.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace tideline {
namespace {

using ::testing::HasSubstr;

// Five groups: cuts behind the first and the fourth, one of two values between them.
Network FiveGroups() {
  Network network;
  network.groups = 5;
  network.cuts = {{.name = "input"},
                  {.name = "a", .prefix = 1},
                  {.name = "d", .prefix = 4},
                  {.name = "b+c", .prefix = 1, .further = {1, 2}},
                  {.name = "edge", .prefix = 5}};
  return network;
}

EngineProfile Counted() {
  EngineProfile engine{.engine = "aten", .precision = "f32"};
  engine.whole_ns = Estimate::Exactly(100);
  engine.groups_ns = {10, 20, 30, 40, 100};
  return engine;
}

TEST(SegmentTimesTest, TheEndsAreTheWhole) {
  const auto times = SegmentTimes(Counted(), FiveGroups());
  ASSERT_TRUE(times.ok());
  EXPECT_EQ(times->front().head_ns, Estimate::Exactly(0));
  EXPECT_EQ(times->front().tail_ns, Estimate::Exactly(100));
  EXPECT_EQ(times->back().head_ns, Estimate::Exactly(100));
  EXPECT_EQ(times->back().tail_ns, Estimate::Exactly(0));
}

TEST(SegmentTimesTest, CountersShareOutTheWholeWhereNothingElseWasMeasured) {
  const auto times = SegmentTimes(Counted(), FiveGroups());
  ASSERT_TRUE(times.ok());
  EXPECT_DOUBLE_EQ((*times)[1].head_ns.median, 100 * 10 / 200.0);
  EXPECT_DOUBLE_EQ((*times)[3].head_ns.median, 100 * 60 / 200.0);
  EXPECT_DOUBLE_EQ((*times)[3].tail_ns.median, 100 * 140 / 200.0);
}

TEST(SegmentTimesTest, AMeasuredCutHasItsTimesAndBindsItsNeighbours) {
  EngineProfile engine = Counted();
  engine.cuts = {{.cut = "a", .head_ns = {8, 7, 9}, .tail_ns = {95, 94, 96}},
                 {.cut = "d", .head_ns = {53, 52, 54}, .tail_ns = {50, 40, 60}}};
  const auto times = SegmentTimes(engine, FiveGroups());
  ASSERT_TRUE(times.ok());
  EXPECT_EQ((*times)[1].head_ns, (Estimate{8, 7, 9}));
  // 50 of the 90 between the two cuts are in front of b+c.
  EXPECT_DOUBLE_EQ((*times)[3].head_ns.median, 8 + (53 - 8) * 50 / 90.0);
  EXPECT_DOUBLE_EQ((*times)[3].tail_ns.low, 94 + (40 - 94) * 50 / 90.0);
}

TEST(SegmentTimesTest, ASegmentThatNothingTellsOfIsNamed) {
  EngineProfile engine = Counted();
  engine.groups_ns.clear();
  engine.cuts = {{.cut = "a", .head_ns = {8, 8, 8}, .tail_ns = {95, 95, 95}}};
  const absl::Status status = SegmentTimes(engine, FiveGroups()).status();
  EXPECT_EQ(status.code(), absl::StatusCode::kFailedPrecondition);
  EXPECT_THAT(std::string(status.message()), HasSubstr("has no times for cut 'd'"));
}

TEST(SegmentTimesTest, GroupsAddUpToTheWhole) {
  const EngineProfile edge = Counted();
  EngineProfile cloud = Counted();
  cloud.whole_ns = Estimate::Exactly(400);
  Network network = FiveGroups();
  network.shape.nodes.resize(5);
  const auto times = GroupTimes(edge, cloud, network);
  ASSERT_TRUE(times.ok());
  EXPECT_EQ(times->nodes[1].edge_ns, 10);
  EXPECT_EQ(times->nodes[1].cloud_ns, 40);
}

TEST(SegmentTimesTest, CountersOfAnotherNetworkAreRefused) {
  EngineProfile engine = Counted();
  engine.groups_ns.pop_back();
  EXPECT_THAT(std::string(SegmentTimes(engine, FiveGroups()).status().message()),
              HasSubstr("counters of 4 groups, the network has 5"));
}

}  // namespace
}  // namespace tideline
