#include "partitioner/planner/network.h"

#include <algorithm>
#include <random>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "tests/partitioner/planner/random_gap.h"

namespace tideline {
namespace {

using ::testing::ElementsAre;
using ::testing::IsEmpty;

// n0 → n1 → n3, n0 → n2 → n3 → n4, each with a value of ten elements more than the one before.
Program Diamond() {
  const std::vector<std::vector<ValueId>> reads{{0}, {1}, {1}, {2, 3}, {4}};
  Program program;
  program.values.push_back({.name = "x", .kind = ValueKind::kInput, .dims = {{.constant = 7}}});
  program.inputs = {0};
  for (size_t i = 0; i < reads.size(); ++i) {
    const auto node = static_cast<NodeId>(i);
    program.values.push_back({.name = "v" + std::to_string(i),
                              .dims = {{.constant = 10 * (node + 1)}},
                              .producer = node});
    std::vector<ValueRef> refs;
    for (const ValueId id : reads[i]) {
      program.values[id].users.push_back(node);
      refs.push_back({id});
    }
    program.nodes.push_back({.target = "aten.cat.default",
                             .arguments = {{"tensors", refs}},
                             .outputs = {node + 1},
                             .module_path = "n" + std::to_string(i)});
  }
  program.outputs = {5};
  return program;
}

const NetworkCut& CutCalled(const Network& network, std::string_view name) {
  return *std::ranges::find(network.cuts, name, &NetworkCut::name);
}

TEST(NetworkTest, TheDepthOfACutIsThatInItsList) {
  const Program program = Diamond();
  const FrontierTable table(program);
  for (const NetworkCut& cut : DescribeNetwork(program, table).cuts) {
    EXPECT_EQ(DepthOf(program, table, *table.Find(cut.name)), cut.depth) << cut.name;
  }
}

TEST(NetworkTest, CutsAreInputSingleValuesSeveralValuesEdge) {
  const Program program = Diamond();
  const Network network = DescribeNetwork(program, FrontierTable(program));
  std::vector<std::string> names;
  for (const NetworkCut& cut : network.cuts) {
    names.push_back(cut.name);
  }
  EXPECT_THAT(
      names, testing::UnorderedElementsAre("input", "n0", "n3", "n1+n2", "n0+n1", "n0+n2", "edge"));
  EXPECT_EQ(names.front(), "input");
  EXPECT_EQ(names.back(), "edge");
  EXPECT_EQ(network.several_exist, 3);
  EXPECT_TRUE(network.all_counted);
}

TEST(NetworkTest, AHeadIsAPrefixOfTheGroupsAndFurtherOnes) {
  const Program program = Diamond();
  const Network network = DescribeNetwork(program, FrontierTable(program));
  EXPECT_EQ(CutCalled(network, "input").prefix, 0);
  EXPECT_EQ(CutCalled(network, "n3").prefix, 4);
  EXPECT_THAT(CutCalled(network, "n3").further, IsEmpty());
  EXPECT_EQ(CutCalled(network, "n1+n2").prefix, 1);
  EXPECT_THAT(CutCalled(network, "n1+n2").further, ElementsAre(1, 2));
  EXPECT_THAT(CutCalled(network, "n0+n2").further, ElementsAre(2));
  EXPECT_EQ(CutCalled(network, "edge").prefix, 5);
}

TEST(NetworkTest, DepthIsThatOfTheNearestValue) {
  const Program program = Diamond();
  const Network network = DescribeNetwork(program, FrontierTable(program));
  EXPECT_EQ(CutCalled(network, "input").depth, 0);
  EXPECT_EQ(CutCalled(network, "n0+n2").depth, 1);
  EXPECT_EQ(CutCalled(network, "n1+n2").depth, 2);
  EXPECT_EQ(CutCalled(network, "n3").depth, 3);
  EXPECT_EQ(CutCalled(network, "edge").depth, NetworkCut::kNoInside);
}

TEST(NetworkTest, ElementsOfAllCrossingValuesCount) {
  const Program program = Diamond();
  const Network network = DescribeNetwork(program, FrontierTable(program));
  EXPECT_EQ(CutCalled(network, "input").elements, 7);
  EXPECT_EQ(CutCalled(network, "n1+n2").elements, 20 + 30);
  EXPECT_THAT(CutCalled(network, "n1+n2").shapes, ElementsAre(Shape{20}, Shape{30}));
}

TEST(NetworkTest, WithoutCutsOfSeveralValuesAGapRemains) {
  const Program program = Diamond();
  const FrontierTable table(program);
  const Network all = DescribeNetwork(program, table);
  const Network single = DescribeNetwork(program, table, {.several = 0});
  Dag costs = all.shape;  // n1 and n2 are cheap on the edge, n3 in the cloud
  for (Dag::Node& node : costs.nodes) {
    node = {1, 1};
  }
  costs.nodes[1].cloud_ns = costs.nodes[2].cloud_ns = costs.nodes[3].edge_ns = 100;
  for (Dag::Value& value : costs.values) {
    value.transfer_ns = value.producer == 0 ? 50 : 2;
  }
  EXPECT_DOUBLE_EQ(*GapToAllCuts(all, costs), 0);
  EXPECT_EQ(FindMinimumCut(costs)->cost_ns, 3 + 4 + 2);
  EXPECT_DOUBLE_EQ(*GapToAllCuts(single, costs), (104.0 - 9) / 9);
}

TEST(NetworkTest, WithAllCutsThereIsNoGap) {
  std::mt19937 random(3);
  for (int i = 0; i < 300; ++i) {
    const int nodes = 1 + static_cast<int>(random() % 14);
    EXPECT_DOUBLE_EQ(RandomGap(nodes, {.values_per_cut = static_cast<size_t>(nodes)}, random), 0);
  }
}

TEST(NetworkTest, TheCheapestCutsLeaveNoGapWhereElementsCostTheSame) {
  std::mt19937 random(4);
  double without = 0;
  for (int i = 0; i < 300; ++i) {
    std::mt19937 same = random;
    without += RandomGap(30, {.values_per_cut = 1}, same);
    EXPECT_NEAR(RandomGap(30, {.values_per_cut = 1, .add_cheapest = true}, random), 0, 1e-6);
  }
  EXPECT_GT(without, 1);
}

TEST(NetworkTest, ACheapestCutHasTheHeadOfItsName) {
  const Program program = Diamond();
  const FrontierTable table(program);
  const Network all = DescribeNetwork(program, table);
  Network network = DescribeNetwork(program, table, {.several = 0});
  Dag times = network.shape;
  for (Dag::Node& node : times.nodes) {
    node = {1, 1};
  }
  times.nodes[1].cloud_ns = times.nodes[2].cloud_ns = times.nodes[3].edge_ns = 100;
  const auto added = AddCheapestCuts(table, times, network);
  ASSERT_TRUE(added.ok()) << added.status();
  EXPECT_EQ(*added, 1);
  const NetworkCut& cut = CutCalled(network, "n1+n2");
  EXPECT_EQ(cut.prefix, 3);
  EXPECT_THAT(cut.further, IsEmpty());
  EXPECT_EQ(cut.elements, CutCalled(all, "n1+n2").elements);
  EXPECT_EQ(cut.shapes, CutCalled(all, "n1+n2").shapes);
  EXPECT_EQ(cut.depth, CutCalled(all, "n1+n2").depth);
  EXPECT_EQ(network.cuts.back().name, "edge");
}

}  // namespace
}  // namespace tideline
