#include "partitioner/planner/binding.h"

#include <algorithm>
#include <memory>

#include <gtest/gtest.h>

#include "tests/partitioner/planner/example_set.h"

namespace tideline {
namespace {

class BindingTest : public ::testing::Test {
 protected:
  BindingTest() { link_.rtt = Quantiles(5e6); }

  std::vector<Binding> Find(const Targets& targets) const {
    return *FindBindings(*Planner::Make(set_, targets), {.link = &link_});
  }
  int Best(const Targets& targets) const {
    return Planner::Make(set_, targets)->Choose({.link = &link_}).best().candidate;
  }

  Link link_ = *LinkPreset("wifi");
  std::shared_ptr<const CandidateSet> set_ =
      std::make_shared<const CandidateSet>(*MakeCandidates(MakeExample().Inputs()));
};

TEST_F(BindingTest, WithoutTargetsNothingBinds) { EXPECT_TRUE(Find({}).empty()); }

TEST_F(BindingTest, WhatIsBestWithoutATargetIsNamed) {
  const std::vector<Binding> bindings = Find({.accuracy_drop = 0.001, .min_depth = 1});
  ASSERT_EQ(bindings.size(), 2);
  EXPECT_EQ(bindings[0].name, "accuracy_drop");
  EXPECT_EQ(bindings[0].without, Best({.min_depth = 1}));
  EXPECT_NE(bindings[0].without, Best({.accuracy_drop = 0.001, .min_depth = 1}));
  EXPECT_EQ(bindings[0].alone, Best({.accuracy_drop = 0.001}));
  EXPECT_EQ(bindings[1].name, "min_depth");
  EXPECT_EQ(bindings[1].without, Best({.accuracy_drop = 0.001}));
}

TEST_F(BindingTest, ATargetThatDoesNotBindLeavesTheBest) {
  const Targets targets{.latency = absl::Seconds(10)};
  const std::vector<Binding> bindings = Find(targets);
  ASSERT_EQ(bindings.size(), 1);
  EXPECT_EQ(bindings[0].name, "latency_p99");
  EXPECT_EQ(bindings[0].without, Best(targets));
}

TEST_F(BindingTest, EveryTargetIsLookedAt) {
  const std::vector<Binding> bindings = Find({.latency = absl::Milliseconds(1),
                                              .accuracy_drop = 0.1,
                                              .edge_memory = ByteCount{1 << 20},
                                              .energy_joules = 1,
                                              .uplink = BitRate{1e6},
                                              .send_input = false,
                                              .min_depth = 1,
                                              .leakage = 0.5});
  std::vector<std::string> names;
  for (const Binding& binding : bindings) {
    names.push_back(binding.name);
  }
  EXPECT_EQ(names,
            (std::vector<std::string>{"latency_p99", "accuracy_drop", "edge_memory", "energy",
                                      "uplink", "send_input", "min_depth", "leakage"}));
}

}  // namespace
}  // namespace tideline
