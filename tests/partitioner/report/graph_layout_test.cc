#include "partitioner/report/graph_layout.h"

#include <algorithm>

#include <gtest/gtest.h>

#include "tests/partitioner/report/example_report.h"

namespace tideline {
namespace {

const GraphLayout::Edge* Find(const GraphLayout& layout, int from, int to) {
  const auto found = std::ranges::find_if(layout.edges, [&](const GraphLayout::Edge& edge) {
    return edge.from == from && edge.to == to;
  });
  return found == layout.edges.end() ? nullptr : &*found;
}

TEST(GraphLayoutTest, EveryGroupStandsBelowWhatItReads) {
  const NetworkPicture picture = ExamplePicture();
  const GraphLayout layout = LayOut(picture);
  for (size_t i = 0; i < picture.groups.size(); ++i) {
    for (const int from : picture.groups[i].reads) {
      EXPECT_GT(layout.Above(static_cast<int>(i)).second, layout.Below(from).second);
    }
  }
  EXPECT_GT(layout.result_y, layout.nodes.back().y);
  EXPECT_GT(layout.height, layout.result_y);
}

TEST(GraphLayoutTest, TheCutIsALineBetweenTheTwoSides) {
  NetworkPicture picture = ExamplePicture();
  // The edge's part is deeper than where the cloud's first group could stand.
  picture.groups[2].reads = {0};
  picture.groups[2].on_edge = false;
  const GraphLayout layout = LayOut(picture);
  for (size_t i = 0; i < picture.groups.size(); ++i) {
    const double y = layout.nodes[i].y;
    EXPECT_EQ(picture.groups[i].on_edge, y + layout.node_height <= layout.cut_y) << i;
    EXPECT_EQ(!picture.groups[i].on_edge, y >= layout.cut_y) << i;
  }
  EXPECT_EQ(layout.head_layers, 2);
}

TEST(GraphLayoutTest, WhatIsSentCrossesTheCut) {
  const GraphLayout layout = LayOut(ExamplePicture());
  EXPECT_FALSE(Find(layout, 0, 1)->crosses);
  EXPECT_TRUE(Find(layout, 1, 2)->crosses);
  EXPECT_TRUE(Find(layout, 1, 3)->crosses);
  EXPECT_FALSE(Find(layout, 2, 3)->crosses);
  EXPECT_NE(Find(layout, 3, 4), nullptr);
}

TEST(GraphLayoutTest, ABranchAroundALayerRunsInALane) {
  const GraphLayout layout = LayOut(ExamplePicture());
  EXPECT_EQ(Find(layout, 1, 3)->lane, 0);
  EXPECT_EQ(Find(layout, 1, 2)->lane, -1);
  EXPECT_EQ(layout.lanes, 1);
  EXPECT_GT(layout.LaneX(0), layout.nodes[2].x + layout.nodes[2].width / 2);
}

TEST(GraphLayoutTest, BranchesThatOverlapHaveLanesOfTheirOwn) {
  NetworkPicture picture = ExamplePicture();
  picture.groups.push_back({.name = "e", .reads = {0, 3}});
  picture.groups.push_back({.name = "f", .reads = {4, 2}});
  const GraphLayout layout = LayOut(picture);
  EXPECT_EQ(layout.lanes, 3);
  EXPECT_NE(Find(layout, 0, 4)->lane, Find(layout, 1, 3)->lane);
  EXPECT_NE(Find(layout, 0, 4)->lane, Find(layout, 2, 5)->lane);
}

TEST(GraphLayoutTest, NeighboursDoNotTouch) {
  NetworkPicture picture;
  picture.groups.push_back({.name = "first", .reads = {-1}});
  for (int i = 0; i < 12; ++i) {
    picture.groups.push_back({.name = "branch", .reads = {0}});
  }
  const GraphLayout layout = LayOut(picture);
  for (int i = 2; i < 13; ++i) {
    const GraphLayout::Node& left = layout.nodes[i - 1];
    const GraphLayout::Node& right = layout.nodes[i];
    EXPECT_EQ(left.y, right.y);
    EXPECT_LT(left.x + left.width / 2, right.x - right.width / 2);
  }
  EXPECT_LE(layout.nodes[12].x + layout.nodes[12].width / 2, layout.nodes_width);
}

TEST(GraphLayoutTest, ADeepNetworkIsDrawnSmaller) {
  NetworkPicture picture;
  for (int i = 0; i < 400; ++i) {
    picture.groups.push_back({.name = "layer", .reads = {i - 1}});
  }
  EXPECT_LT(LayOut(picture).height, 6000);
}

}  // namespace
}  // namespace tideline
