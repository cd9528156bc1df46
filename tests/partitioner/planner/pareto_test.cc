#include "partitioner/planner/pareto.h"

#include <random>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace tideline {
namespace {

using ::testing::ElementsAre;
using ::testing::IsEmpty;

TEST(ParetoTest, WhatIsWorseInEverythingGoes) {
  EXPECT_THAT(ParetoFront({2, {1, 5, 2, 6, 3, 1}, {0, 0, 0}}), ElementsAre(0, 2));
}

TEST(ParetoTest, OfEqualPointsTheFirstStays) {
  EXPECT_THAT(ParetoFront({1, {4, 4, 4}, {0, 0, 0}}), ElementsAre(0));
}

TEST(ParetoTest, WhatNeedsSomethingElseReplacesNothing) {
  EXPECT_THAT(ParetoFront({1, {1, 2, 3}, {1, 2, 3}}), ElementsAre(0, 1));
  EXPECT_THAT(ParetoFront({1, {1, 1}, {3, 1}}), ElementsAre(1));
}

TEST(ParetoTest, NoPointsHaveNoFront) { EXPECT_THAT(ParetoFront({3, {}, {}}), IsEmpty()); }

TEST(ParetoTest, TheFrontIsThatOfTheDefinition) {
  std::mt19937 random(5);
  for (int round = 0; round < 200; ++round) {
    ParetoPoints points{.dimensions = 1 + random() % 4};
    const size_t count = 1 + random() % 60;
    for (size_t i = 0; i < count; ++i) {
      for (size_t k = 0; k < points.dimensions; ++k) {
        points.values.push_back(static_cast<double>(random() % 8));
      }
      points.needs.push_back(random() % 4);
    }
    const auto at_most = [&](size_t a, size_t b) {
      bool holds = (points.needs[a] & ~points.needs[b]) == 0;
      for (size_t k = 0; k < points.dimensions; ++k) {
        holds = holds && points.values[a * points.dimensions + k] <=
                             points.values[b * points.dimensions + k];
      }
      return holds;
    };
    std::vector<int> expected;
    for (size_t b = 0; b < count; ++b) {
      bool stays = true;
      for (size_t a = 0; a < count; ++a) {
        stays = stays && !(at_most(a, b) && (!at_most(b, a) || a < b));
      }
      if (stays) {
        expected.push_back(static_cast<int>(b));
      }
    }
    ASSERT_EQ(ParetoFront(points), expected) << "round " << round;
  }
}

}  // namespace
}  // namespace tideline
