#include "partitioner/planner/ready_cuts.h"

#include <memory>
#include <utility>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace tideline {
namespace {

using ::testing::ElementsAre;
using ::testing::IsEmpty;
using ::testing::UnorderedElementsAre;

// Milliseconds and bytes.
Candidate Split(const char* cut, double head, double bytes, double tail) {
  Candidate candidate{.cut = cut, .codec = "int8", .edge_engine = 0, .cloud_engine = 0};
  candidate.head_ns = Estimate::Exactly(head * 1e6);
  candidate.bytes_up = Estimate::Exactly(bytes);
  candidate.tail_ns = Estimate::Exactly(tail * 1e6);
  return candidate;
}

// The whole takes a second here; the input is not sent.
Planner MakePlanner(std::vector<Candidate> splits, const Targets& targets = {}) {
  auto set = std::make_shared<CandidateSet>();
  set->edge_engines = {{.engine = "openvino", .precision = "f32"}};
  set->cloud_engines = {{.engine = "aten", .precision = "f32"}};
  Candidate edge{.cut = "edge", .edge_engine = 0};
  edge.head_ns = Estimate::Exactly(1e9);
  set->candidates = std::move(splits);
  set->candidates.push_back(edge);
  for (size_t i = 0; i < set->candidates.size(); ++i) {
    set->front.push_back(static_cast<int>(i));
  }
  return *Planner::Make(set, targets);
}

const std::vector<Candidate> kSplits = {
    Split("early", 10, 100'000, 20), Split("late", 200, 5'000, 5), Split("worse", 250, 6'000, 5)};

TEST(ReadyCutsTest, AreThoseThatAreBestSomewhere) {
  EXPECT_THAT(ChooseReadyCuts(MakePlanner(kSplits), 6), UnorderedElementsAre("early", "late"));
}

TEST(ReadyCutsTest, TheFirstOnesSaveMost) {
  const Planner planner = MakePlanner(kSplits);
  const std::vector<std::string> one = ChooseReadyCuts(planner, 1);
  ASSERT_EQ(one.size(), 1);
  EXPECT_EQ(ChooseReadyCuts(planner, 2).front(), one.front());
}

TEST(ReadyCutsTest, WhatPrivacyForbidsIsNotKept) {
  std::vector<Candidate> splits = kSplits;
  splits[0].depth = 1;
  splits[1].depth = splits[2].depth = 5;
  EXPECT_THAT(ChooseReadyCuts(MakePlanner(splits, {.min_depth = 2}), 6), ElementsAre("late"));
}

TEST(ReadyCutsTest, WhereTheEdgeIsAlwaysBestThereAreNone) {
  EXPECT_THAT(ChooseReadyCuts(MakePlanner({Split("slow", 2000, 1000, 1)}), 6), IsEmpty());
}

}  // namespace
}  // namespace tideline
