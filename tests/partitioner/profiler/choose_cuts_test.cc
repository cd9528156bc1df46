#include "partitioner/profiler/choose_cuts.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "tests/common/engine/programs.h"

namespace tideline {
namespace {

using ::testing::ElementsAre;

// A chain whose operators write as many elements as `widths` says; each is a group.
std::shared_ptr<const Program> Chain(const std::vector<int64_t>& widths) {
  ProgramBuilder builder;
  ValueId last = builder.Input("x", {kBatch, {.constant = 1}});
  for (size_t i = 0; i < widths.size(); ++i) {
    last = builder.Op(std::string(1, static_cast<char>('a' + i)), "aten.sin.default",
                      {{"self", ValueRef{last}}}, {kBatch, {.constant = widths[i]}});
  }
  return builder.Build({last});
}

std::vector<std::string> Chosen(const std::vector<int64_t>& widths, size_t count) {
  const auto program = Chain(widths);
  std::vector<std::string> names;
  for (const Frontier& cut : ChooseCuts(*program, FrontierTable(*program), count)) {
    names.push_back(cut.name);
  }
  return names;
}

TEST(ChooseCutsTest, EqualOperatorsAreDividedEvenly) {
  EXPECT_THAT(Chosen({1, 1, 1, 1, 1, 1, 1, 1}, 3), ElementsAre("b", "d", "f"));
}

TEST(ChooseCutsTest, WorkCountsAndNotTheNumberOfOperators) {
  EXPECT_THAT(Chosen({10, 10, 10, 10, 1, 1, 1, 1}, 3), ElementsAre("a", "b", "c"));
}

TEST(ChooseCutsTest, NoMoreThanThereAre) {
  EXPECT_THAT(Chosen({1, 1, 1}, 9), ElementsAre("a", "b"));
  EXPECT_THAT(Chosen({1, 1, 1}, 0), ElementsAre());
}

TEST(ChooseCutsTest, OneLargeOperatorDoesNotTakeAllOfThem) {
  EXPECT_THAT(Chosen({1, 1, 1000, 1, 1, 1}, 4), ElementsAre("a", "b", "c", "d"));
}

TEST(ChooseCutsTest, GroupsHaveTheWorkOfTheirOperators) {
  const auto program = Chain({1, 3, 2});
  EXPECT_THAT(GroupWork(*program, FrontierTable(*program)), ElementsAre(32, 96, 64));
}

}  // namespace
}  // namespace tideline
