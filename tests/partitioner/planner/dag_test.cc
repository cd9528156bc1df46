#include "partitioner/planner/dag.h"

#include <algorithm>
#include <cstdlib>
#include <random>
#include <string>
#include <vector>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "tests/partitioner/planner/dag_file.h"

namespace tideline {
namespace {

using ::testing::ElementsAre;
using ::testing::HasSubstr;

// Nodes in no particular order, values with several readers, some of them the network's inputs.
Dag RandomDag(std::mt19937& random) {
  const auto pick = [&](int below) {
    return static_cast<int>(random() % static_cast<unsigned>(below));
  };
  const int nodes = 1 + pick(14);
  std::vector<int> order(nodes);
  for (int i = 0; i < nodes; ++i) {
    order[i] = i;
  }
  std::ranges::shuffle(order, random);
  Dag dag;
  for (int i = 0; i < nodes; ++i) {
    dag.nodes.push_back({.edge_ns = pick(20), .cloud_ns = pick(20)});
  }
  const int density = 1 + pick(10);
  for (int i = -2; i < nodes; ++i) {
    Dag::Value value{.producer = i < 0 ? Dag::kInput : order[i], .transfer_ns = pick(30)};
    for (int reader = std::max(i + 1, 0); reader < nodes; ++reader) {
      if (pick(10) < density) {
        value.consumers.push_back(order[reader]);
      }
    }
    dag.values.push_back(value);
  }
  return dag;
}

// The cheapest of all subsets of the nodes that are closed, with no help from the code under test.
int64_t CheapestOfAll(const Dag& dag) {
  const int nodes = static_cast<int>(dag.nodes.size());
  int64_t best = kForbidden;
  for (uint32_t mask = 0; mask < (1U << nodes); ++mask) {
    const auto on_edge = [mask](int node) { return node < 0 || (mask >> node & 1U) != 0; };
    int64_t cost = 0;
    bool closed = true;
    for (int node = 0; node < nodes; ++node) {
      cost += on_edge(node) ? dag.nodes[node].edge_ns : dag.nodes[node].cloud_ns;
    }
    for (const Dag::Value& value : dag.values) {
      bool sent = false;
      for (const int reader : value.consumers) {
        closed = closed && (on_edge(value.producer) || !on_edge(reader));
        sent = sent || (on_edge(value.producer) && !on_edge(reader));
      }
      cost += sent ? value.transfer_ns : 0;
    }
    best = closed ? std::min(best, cost) : best;
  }
  return best;
}

std::string ErrorOf(const Dag& dag) { return std::string(FindMinimumCut(dag).status().message()); }

TEST(DagTest, TheMinimumCutIsTheCheapestOfAllSubsets) {
  std::mt19937 random(7);
  for (int i = 0; i < 1000; ++i) {
    const Dag dag = RandomDag(random);
    const auto cut = FindMinimumCut(dag);
    ASSERT_TRUE(cut.ok()) << cut.status();
    ASSERT_EQ(cut->cost_ns, CheapestOfAll(dag)) << "graph " << i;
    ASSERT_EQ(cut->cost_ns, CutCost(dag, cut->on_edge));
  }
}

TEST(DagTest, AValueWithTwoReadersIsPaidOnce) {
  Dag dag;
  dag.nodes = {{1, 1000}, {1000, 1}, {1000, 1}};
  dag.values = {{.consumers = {0}, .transfer_ns = 500},
                {.producer = 0, .consumers = {1, 2}, .transfer_ns = 10}};
  const auto cut = FindMinimumCut(dag);
  ASSERT_TRUE(cut.ok());
  EXPECT_EQ(cut->cost_ns, 13);
  EXPECT_THAT(cut->on_edge, ElementsAre(true, false, false));
}

TEST(DagTest, WhatIsForbiddenIsNotInTheCut) {
  Dag dag;
  dag.nodes = {{5, 1}, {5, 1}};
  dag.values = {{.consumers = {0}, .transfer_ns = kForbidden},
                {.producer = 0, .consumers = {1}, .transfer_ns = 2}};
  EXPECT_EQ(FindMinimumCut(dag)->cost_ns, 5 + 2 + 1);
  dag.nodes[0].edge_ns = kForbidden;
  EXPECT_EQ(FindMinimumCut(dag).status().code(), absl::StatusCode::kFailedPrecondition);
}

TEST(DagTest, HostileGraphsAreRefused) {
  const Dag good{.nodes = {{1, 1}, {1, 1}},
                 .values = {{.producer = 0, .consumers = {1}, .transfer_ns = 1}}};
  ASSERT_EQ(ErrorOf(good), "");
  Dag dag = good;
  dag.nodes[1].cloud_ns = -1;
  EXPECT_THAT(ErrorOf(dag), HasSubstr("node 1 takes 1 ns on the edge and -1 ns"));
  dag = good;
  dag.values[0].transfer_ns = -5;
  EXPECT_THAT(ErrorOf(dag), HasSubstr("value 0 takes -5 ns"));
  dag = good;
  dag.values[0].producer = 2;
  EXPECT_THAT(ErrorOf(dag), HasSubstr("its producer is node 2, there are 2"));
  dag = good;
  dag.values[0].consumers = {-1};
  EXPECT_THAT(ErrorOf(dag), HasSubstr("node -1 reads it"));
  dag = good;
  dag.values.push_back({.producer = 1, .consumers = {0}});
  EXPECT_THAT(ErrorOf(dag), HasSubstr("circle"));
  dag = good;
  dag.nodes[0].edge_ns = dag.nodes[1].edge_ns = kForbidden - 1;
  EXPECT_THAT(ErrorOf(dag), HasSubstr("add up to too much"));
}

TEST(DagTest, AnEmptyGraphCostsNothing) { EXPECT_EQ(FindMinimumCut(Dag())->cost_ns, 0); }

struct PublicGraph {
  const char* file;
  double scale;
  double expected;  // ms, by two independent programs
};

// None where TIDELINE_TEST_DATA is not set: the graphs are not the project's.
std::vector<PublicGraph> PublicGraphs() {
  if (std::getenv("TIDELINE_TEST_DATA") == nullptr) {
    return {};
  }
  return {{"layers_inceptionv3", 1, 570.21},    {"layers_inceptionv3", 10, 1145.71},
          {"layers_inceptionv3", 30, 2424.61},  {"layers_inceptionv3", 100, 3109.69},
          {"layers_resnet50", 1, 392.86},       {"layers_resnet50", 10, 730.99},
          {"layers_resnet50", 30, 1448.77},     {"layers_resnet50", 100, 2014.50},
          {"operators_bert_l-12", 1, 817.46},   {"operators_bert_l-12", 10, 2389.61},
          {"operators_bert_l-12", 30, 5883.26}, {"operators_bert_l-12", 100, 14783.94}};
}

class PublicDagTest : public testing::TestWithParam<PublicGraph> {};
GTEST_ALLOW_UNINSTANTIATED_PARAMETERIZED_TEST(PublicDagTest);

TEST_P(PublicDagTest, HasItsKnownMinimumCut) {
  const std::string folder = std::string(std::getenv("TIDELINE_TEST_DATA")) + "/dags/";
  const auto dag = ReadDagFile(folder + GetParam().file + ".json", GetParam().scale);
  ASSERT_TRUE(dag.ok()) << dag.status();
  const auto cut = FindMinimumCut(*dag);
  ASSERT_TRUE(cut.ok()) << cut.status();
  EXPECT_NEAR(static_cast<double>(cut->cost_ns) * 1e-6, GetParam().expected, 0.006);
}

INSTANTIATE_TEST_SUITE_P(Graphs, PublicDagTest, testing::ValuesIn(PublicGraphs()));

}  // namespace
}  // namespace tideline
