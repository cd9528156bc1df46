#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "common/engine/divide.h"
#include "common/engine/openvino/route.h"
#include "tests/common/engine/programs.h"

namespace tideline::openvino {
namespace {

using ::testing::ElementsAre;
using ::testing::HasSubstr;

// x -> a0 -> a1 -> … -> a7, all [batch, 3] and of one cost.
struct Chain {
  std::vector<ValueId> values;
  std::shared_ptr<const Program> program;

  Chain() {
    ProgramBuilder builder;
    const std::vector<Dim> dims = {kBatch, {.constant = 3}};
    values.push_back(builder.Input("x", dims));
    for (int i = 0; i < 8; ++i) {
      values.push_back(builder.Op("a" + std::to_string(i), "aten.neg.default",
                                  {{"self", ValueRef{values.back()}}}, dims));
    }
    program = builder.Build({values.back()});
  }
};

std::vector<std::string> Names(const std::vector<Frontier>& frontiers) {
  std::vector<std::string> names;
  for (const Frontier& frontier : frontiers) {
    names.push_back(frontier.name);
  }
  return names;
}

// "input>a1 a1>edge"
std::string Text(const std::vector<Segment>& segments) {
  std::vector<std::string> texts;
  for (const Segment& segment : segments) {
    texts.push_back(segment.from.name + ">" + segment.to.name);
  }
  return fmt::format("{}", fmt::join(texts, " "));
}

class RouteTest : public ::testing::Test {
 protected:
  Frontier Cut(const std::string& name) const { return *table_.Find(name); }
  std::string DivideAt(const std::vector<std::string>& names, const Frontier& from,
                       const Frontier& to) const {
    return Text(Divide(*net_.program, *FindStops(table_, names), {from, to}));
  }

  const Chain net_;
  const FrontierTable table_{*net_.program};
};

TEST_F(RouteTest, StopsDivideTheComputationEvenly) {
  EXPECT_THAT(Names(ChooseStops(*net_.program, table_, 1)), ElementsAre("a3"));
  EXPECT_THAT(Names(ChooseStops(*net_.program, table_, 3)), ElementsAre("a1", "a3", "a5"));
}

TEST_F(RouteTest, MoreStopsThanFrontiersAreAllFrontiers) {
  EXPECT_EQ(ChooseStops(*net_.program, table_, 50).size(), table_.single().size());
}

TEST_F(RouteTest, ASegmentIsDividedAtTheStopsInsideIt) {
  EXPECT_EQ(DivideAt({"a1", "a4"}, table_.input(), table_.edge()), "input>a1 a1>a4 a4>edge");
  EXPECT_EQ(DivideAt({"a1", "a4"}, table_.input(), Cut("a1")), "input>a1");
  EXPECT_EQ(DivideAt({"a1", "a4"}, Cut("a1"), table_.edge()), "a1>a4 a4>edge");
  EXPECT_EQ(DivideAt({"a1", "a4"}, Cut("a2"), Cut("a3")), "a2>a3");
  EXPECT_EQ(DivideAt({"a1", "a4"}, Cut("a2"), Cut("a5")), "a2>a4 a4>a5");
}

TEST_F(RouteTest, StopsAreTakenInTheOrderOfTheNetwork) {
  EXPECT_THAT(Names(*FindStops(table_, std::vector<std::string>{"a4", "a1"})),
              ElementsAre("a1", "a4"));
}

TEST_F(RouteTest, AStopThatDoesNotExistIsNamed) {
  const absl::Status status = FindStops(table_, std::vector<std::string>{"b1"}).status();
  EXPECT_EQ(status.code(), absl::StatusCode::kNotFound);
  EXPECT_THAT(std::string(status.message()), HasSubstr("b1"));
}

TEST_F(RouteTest, TheEndsAreNoStops) {
  const absl::Status status = FindStops(table_, std::vector<std::string>{"edge"}).status();
  EXPECT_EQ(status.code(), absl::StatusCode::kInvalidArgument);
}

TEST_F(RouteTest, NodesAreEnclosedAsCloselyAsTheFrontiersAllow) {
  const std::vector<Frontier> stops = *FindStops(table_, std::vector<std::string>{"a6"});
  EXPECT_THAT(Names(Enclose(*net_.program, table_, stops, {3, 4})), ElementsAre("a2", "a4", "a6"));
  EXPECT_THAT(Names(Enclose(*net_.program, table_, stops, {0, 7})), ElementsAre("a0", "a6"));
  EXPECT_THAT(Names(Enclose(*net_.program, table_, stops, {})), ElementsAre("a6"));
}

TEST(RouteOfALargeMiddleTest, NothingIsDividedWhereTheTensorIsLargerThanTheInput) {
  ProgramBuilder builder;
  const std::vector<Dim> small = {kBatch, {.constant = 3}};
  const std::vector<Dim> large = {kBatch, {.constant = 3}, {.constant = 2}};
  const ValueId x = builder.Input("x", small);
  const ValueId a = builder.Op("a", "aten.neg.default", {{"self", ValueRef{x}}}, small);
  const ValueId b = builder.Op("b", "aten.my_stack.default", {{"self", ValueRef{a}}}, large);
  const ValueId c = builder.Op("c", "aten.neg.default", {{"self", ValueRef{b}}}, large);
  const auto program = builder.Build({c});
  EXPECT_THAT(Names(ChooseStops(*program, FrontierTable(*program), 10)), ElementsAre("a"));
}

TEST(RouteOfADiamondTest, AStopOutsideTheSegmentIsPassedBy) {
  const Diamond net;
  const Frontier a{"a", {net.a}};
  const Frontier both{"b+c", {net.b, net.c}};
  const std::vector<Frontier> stops = {a};
  EXPECT_EQ(Text(Divide(*net.program, stops, {both, net.edge()})), "b+c>edge");
  EXPECT_EQ(Text(Divide(*net.program, stops, {net.input(), both})), "input>a a>b+c");
}

}  // namespace
}  // namespace tideline::openvino
