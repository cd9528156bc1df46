#include "common/engine/plan.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "tests/common/engine/programs.h"

namespace tideline {
namespace {

using ::testing::Contains;
using ::testing::ElementsAre;
using ::testing::Not;

TEST(PlanTest, HeadAndTailDivideTheNodes) {
  const Diamond net;
  const Frontier cut{"a", {net.a}};
  const SegmentPlan head = *PlanSegment(*net.program, {net.input(), cut});
  const SegmentPlan tail = *PlanSegment(*net.program, {cut, net.edge()});
  EXPECT_THAT(head.nodes, ElementsAre(0));
  EXPECT_THAT(tail.nodes, ElementsAre(1, 2, 3));
}

TEST(PlanTest, EveryValueIsFreedAfterItsLastUseAndResultsNever) {
  const Diamond net;
  const SegmentPlan plan = *PlanSegment(*net.program, {net.input(), net.edge()});
  ASSERT_EQ(plan.freed.size(), 4U);
  EXPECT_THAT(plan.freed[0], ElementsAre(net.x));
  EXPECT_THAT(plan.freed[1], Not(Contains(net.a))) << "node c still reads a";
  EXPECT_THAT(plan.freed[2], Contains(net.a));
  EXPECT_THAT(plan.freed[3], ::testing::UnorderedElementsAre(net.b, net.c));
}

TEST(PlanTest, ResultsThatAreReadOnStayAlive) {
  const Diamond net;
  const SegmentPlan plan = *PlanSegment(*net.program, {net.input(), {"a+b", {net.a, net.b}}});
  for (const std::vector<ValueId>& freed : plan.freed) {
    EXPECT_THAT(freed, Not(Contains(net.a)));
  }
}

TEST(PlanTest, WhatCannotBeComputedIsRefused) {
  const Diamond net;
  const auto plan = PlanSegment(*net.program, {{"b", {net.b}}, net.edge()});
  EXPECT_EQ(plan.status().code(), absl::StatusCode::kInvalidArgument) << plan.status();
}

TEST(PlanCacheTest, GivesTheSamePlanUntilItIsPushedOut) {
  const Diamond net;
  PlanCache cache(/*capacity=*/2);
  const Segment whole{net.input(), net.edge()};
  const auto first = *cache.Get(*net.program, whole);
  EXPECT_EQ(first, *cache.Get(*net.program, whole));
  (void)*cache.Get(*net.program, {net.input(), {"a", {net.a}}});
  (void)*cache.Get(*net.program, {{"a", {net.a}}, net.edge()});
  EXPECT_NE(first, *cache.Get(*net.program, whole));
}

}  // namespace
}  // namespace tideline
