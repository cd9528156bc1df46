// Compares the search for frontiers with the definition, tried on every set of groups of small
// random graphs.
#include <algorithm>
#include <random>
#include <set>

#include <gtest/gtest.h>

#include "common/program/frontier.h"

namespace tideline {
namespace {

// A program of `nodes` nodes, each of which reads up to three values made before, some of them
// joinable. The last one reads what nobody else does, so that no node is dead.
Program RandomProgram(int nodes, std::mt19937& random) {
  const auto pick = [&](int n) { return static_cast<int>(random() % static_cast<unsigned>(n)); };
  Program program;
  const int inputs = pick(4) == 0 ? 2 : 1;
  const int reach = 1 + pick(4);  // how far back a node reads
  for (int i = 0; i < inputs; ++i) {
    program.values.push_back({.name = "x" + std::to_string(i), .kind = ValueKind::kInput});
    program.inputs.push_back(i);
  }
  for (int i = 0; i < nodes; ++i) {
    Node node{.target = pick(3) == 0 ? "aten.relu.default" : "aten.add.Tensor"};
    const int made = static_cast<int>(program.values.size());
    std::vector<ValueRef> reads;
    for (int k = 0; k <= pick(3); ++k) {
      reads.push_back({std::max(0, made - 1 - pick(reach))});
    }
    for (ValueId id = 0; id < made && i == nodes - 1; ++id) {
      if (program.values[id].users.empty()) {
        reads.push_back({id});
      }
    }
    for (const ValueRef ref : reads) {
      auto& users = program.values[ref.id].users;
      if (users.empty() || users.back() != i) {
        users.push_back(i);
      }
    }
    node.arguments.push_back({"tensors", reads});
    const int outputs = pick(4) == 0 ? 2 : 1;
    for (int k = 0; k < outputs; ++k) {
      node.outputs.push_back(static_cast<ValueId>(program.values.size()));
      program.values.push_back(
          {.name = "v" + std::to_string(i) + "_" + std::to_string(k), .producer = i});
    }
    program.nodes.push_back(std::move(node));
  }
  program.outputs = program.nodes.back().outputs;
  if (pick(4) == 0) {
    program.outputs.push_back(static_cast<ValueId>(program.values.size()) / 2);
  }
  return program;
}

// What crosses the border of `head`, or nothing where it is no head: a set of groups is one where
// it reads from itself and the inputs alone, nobody else reads an input, and it makes no result.
std::set<ValueId> Crossing(const Program& program, const std::vector<int>& group_of,
                           unsigned head) {
  const auto inside = [&](NodeId node) { return (head >> group_of[node] & 1U) != 0; };
  std::set<ValueId> crossing;
  for (size_t i = 0; i < program.nodes.size(); ++i) {
    const bool in = inside(static_cast<NodeId>(i));
    for (const ValueId id : Program::Reads(program.nodes[i])) {
      const NodeId producer = program.values[id].producer;
      if (producer == kNone ? !in : in && !inside(producer)) {
        return {};
      }
      if (producer != kNone && inside(producer) && !in) {
        crossing.insert(id);
      }
    }
  }
  for (const ValueId id : program.outputs) {
    if (program.values[id].producer == kNone || inside(program.values[id].producer)) {
      return {};
    }
  }
  return crossing;
}

TEST(FrontierOracleTest, TheSearchFindsWhatTheDefinitionSays) {
  std::mt19937 random(7);
  size_t single = 0;
  size_t multi = 0;
  for (int round = 0; round < 400; ++round) {
    const Program program = RandomProgram(4 + round % 9, random);
    const FrontierTable table(program);
    std::vector<int> group_of(program.nodes.size());
    for (size_t i = 0; i < table.groups().size(); ++i) {
      for (const NodeId node : table.groups()[i].nodes) {
        group_of[node] = static_cast<int>(i);
      }
    }
    std::set<std::set<ValueId>> expected_single;
    std::set<std::set<ValueId>> expected_multi;
    for (unsigned head = 1; head < 1U << table.groups().size(); ++head) {
      const std::set<ValueId> crossing = Crossing(program, group_of, head);
      if (crossing.size() == 1) {
        expected_single.insert(crossing);
      } else if (crossing.size() > 1 && crossing.size() <= 4) {
        expected_multi.insert(crossing);
      }
    }
    std::set<std::set<ValueId>> found;
    for (const Frontier& frontier : table.single()) {
      found.insert({frontier.values.begin(), frontier.values.end()});
    }
    EXPECT_EQ(found, expected_single) << "round " << round;
    const FrontierTable::Multi all = table.MultiValue(100'000);
    found.clear();
    for (const Frontier& frontier : all.frontiers) {
      found.insert({frontier.values.begin(), frontier.values.end()});
      EXPECT_EQ(*table.Find(frontier.name), frontier);
    }
    EXPECT_EQ(found, expected_multi) << "round " << round;
    EXPECT_EQ(all.exist, expected_multi.size());
    single += expected_single.size();
    multi += expected_multi.size();
  }
  EXPECT_GT(single, 100U) << "the graphs are too tangled to test anything";
  EXPECT_GT(multi, 1000U);
}

}  // namespace
}  // namespace tideline
