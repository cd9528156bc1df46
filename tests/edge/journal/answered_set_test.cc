#include "edge/journal/answered_set.h"

#include <random>
#include <set>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace tideline {
namespace {

using ::testing::ElementsAre;
using Row = AnsweredSet::Row;

TEST(AnsweredSetTest, NeighboursAreOneRow) {
  AnsweredSet set;
  set.Add(3);
  set.Add(5);
  EXPECT_THAT(set.Rows(), ElementsAre(Row{3, 3}, Row{5, 5}));
  set.Add(4);
  EXPECT_THAT(set.Rows(), ElementsAre(Row{3, 5}));
  set.Add({0, 2});
  set.Add({4, 9});
  EXPECT_THAT(set.Rows(), ElementsAre(Row{0, 9}));
  EXPECT_EQ(set.Count(), 10U);
}

TEST(AnsweredSetTest, TheNextMissingPlaceIsAfterTheRow) {
  AnsweredSet set;
  EXPECT_EQ(set.NextMissing(0), 0U);
  set.Add({0, 4});
  set.Add({6, 6});
  EXPECT_EQ(set.NextMissing(0), 5U);
  EXPECT_EQ(set.NextMissing(5), 5U);
  EXPECT_EQ(set.NextMissing(6), 7U);
  EXPECT_TRUE(set.Contains(6));
  EXPECT_FALSE(set.Contains(7));
}

TEST(AnsweredSetTest, AnyOrderGivesTheSameAsASetOfPlaces) {
  std::mt19937 random(5);
  for (int round = 0; round < 200; ++round) {
    AnsweredSet set;
    std::set<uint64_t> expected;
    for (int i = 0; i < 30; ++i) {
      const uint64_t first = random() % 60;
      const uint64_t last = first + random() % 5;
      set.Add({first, last});
      for (uint64_t place = first; place <= last; ++place) {
        expected.insert(place);
      }
      ASSERT_EQ(set.Count(), expected.size());
    }
    for (uint64_t place = 0; place < 70; ++place) {
      ASSERT_EQ(set.Contains(place), expected.contains(place)) << place;
    }
  }
}

TEST(AnsweredSetTest, AboveTheBoundARowIsForgottenAndNothingIsInvented) {
  AnsweredSet set;
  set.Add({0, 9});
  for (uint64_t i = 0; i < 2 * AnsweredSet::kMaxRows; ++i) {
    set.Add(20 + 2 * i);
  }
  EXPECT_EQ(set.Rows().size(), AnsweredSet::kMaxRows);
  EXPECT_EQ(set.Rows().front(), (Row{0, 9}));
  EXPECT_TRUE(set.Contains(20 + 2 * (2 * AnsweredSet::kMaxRows - 1)));
  EXPECT_FALSE(set.Contains(21));
}

TEST(AnsweredSetTest, TheLastPlaceThereMayBeIsNoOverflow) {
  AnsweredSet set;
  set.Add({0, AnsweredSet::kMaxPlace});
  set.Add(AnsweredSet::kMaxPlace);
  EXPECT_EQ(set.NextMissing(1), AnsweredSet::kMaxPlace + 1);
}

}  // namespace
}  // namespace tideline
