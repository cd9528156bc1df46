#include "common/program/frontier.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "tests/common/program/pt2_builder.h"

namespace tideline {
namespace {

using ::testing::ElementsAre;
using ::testing::HasSubstr;

const Json kBatch = Pt2Builder::Batch();

// Networks of one-line nodes; every value is [B, 4].
class FrontierTest : public ::testing::Test {
 public:
  FrontierTest() { net_.Input("x", {kBatch, 4}); }

  // `name` = relu6-like `target`(inputs), in `module`.
  FrontierTest& Add(const std::string& name, const std::string& target,
                    const std::vector<std::string>& inputs, const std::string& module) {
    Pt2Builder::Inputs arguments;
    for (size_t i = 0; i < inputs.size(); ++i) {
      arguments.emplace_back(i == 0 ? "self" : "other" + std::to_string(i), TensorArg(inputs[i]));
    }
    net_.Node(name, target, arguments, {kBatch, 4}, module);
    return *this;
  }

  // x -> stem -> {left -> left2, right} -> join -> head
  void AddDiamond() {
    Add("stem", "aten.neg.default", {"x"}, "stem")
        .Add("left", "aten.neg.default", {"stem"}, "left")
        .Add("left2", "aten.neg.default", {"left"}, "left2")
        .Add("right", "aten.neg.default", {"stem"}, "right")
        .Add("join", "aten.add.Tensor", {"left2", "right"}, "join")
        .Add("head", "aten.neg.default", {"join"}, "head");
    net_.Result("head");
  }

  FrontierTable Table() {
    const auto program = net_.Load();
    EXPECT_TRUE(program.ok()) << program.status();
    program_ = *program;
    return FrontierTable(*program_);
  }

  static std::vector<std::string> Names(const std::vector<Frontier>& frontiers) {
    std::vector<std::string> names;
    for (const Frontier& frontier : frontiers) {
      names.push_back(frontier.name);
    }
    return names;
  }

  // The targets of the nodes in the group called so.
  std::vector<std::string> Targets(const FrontierTable& table, std::string_view name) {
    std::vector<std::string> targets;
    for (const Group& group : table.groups()) {
      for (const NodeId node : group.name == name ? group.nodes : std::vector<NodeId>{}) {
        targets.push_back(program_->nodes[node].target);
      }
    }
    return targets;
  }

  Pt2Builder net_;
  std::shared_ptr<const Program> program_;
};

TEST_F(FrontierTest, ALayerItsActivationAndViewsAreOneGroup) {
  net_ = SmallNetwork();
  const FrontierTable table = Table();
  EXPECT_THAT(Names(table.single()), ElementsAre("conv"));
  EXPECT_THAT(Targets(table, "conv"),
              ElementsAre("aten.conv2d.default", "aten.relu.default", "aten.view.default"));
  EXPECT_THAT(Targets(table, "head"), ElementsAre("aten.linear.default"));
  EXPECT_EQ(program_->values[table.single()[0].values[0]].name, "view");
  EXPECT_EQ(table.input().values, program_->inputs);
  EXPECT_EQ(table.edge().values, program_->outputs);
}

TEST_F(FrontierTest, ANodeWithAnotherReaderOfItsArgumentJoinsNoGroup) {
  Add("a", "aten.neg.default", {"x"}, "a").Add("b", "aten.relu.default", {"a"}, "b");
  Add("c", "aten.add.Tensor", {"a", "b"}, "c");
  net_.Result("c");
  EXPECT_THAT(Names(Table().single()), ElementsAre("a"));
  EXPECT_THAT(Names(Table().MultiValue(9).frontiers), ElementsAre("a+b"));
}

TEST_F(FrontierTest, AViewOfTheInputStartsAGroup) {
  Add("flat", "aten.view.default", {"x"}, "").Add("y", "aten.neg.default", {"flat"}, "head");
  net_.Result("y");
  EXPECT_THAT(Names(Table().single()), ElementsAre("view"));
}

TEST_F(FrontierTest, AResultEndsItsGroup) {
  Add("a", "aten.neg.default", {"x"}, "a").Add("b", "aten.relu.default", {"a"}, "b");
  net_.Result("a").Result("b");
  const FrontierTable table = Table();
  EXPECT_EQ(table.groups().size(), 2U);
  EXPECT_THAT(table.single(), testing::IsEmpty()) << "a result lies in every head";
}

TEST_F(FrontierTest, ValuesOfOneModuleAreNumbered) {
  Add("a", "aten.neg.default", {"x"}, "m").Add("b", "aten.neg.default", {"a"}, "m");
  Add("c", "aten.neg.default", {"b"}, "").Add("d", "aten.neg.default", {"c"}, "");
  Add("e", "aten.abs.default", {"d"}, "").Add("f", "aten.abs.default", {"e"}, "end");
  net_.Result("f");
  EXPECT_THAT(Names(Table().single()), ElementsAre("m#1", "m#2", "neg#1", "neg#2", "abs"));
}

TEST_F(FrontierTest, OutputsOfOneGroupAreNumbered) {
  net_.Node(std::vector<std::string>{"a", "b"}, "aten.split.Tensor", {{"self", TensorArg("x")}},
            Json::array({{kBatch, 2}, {kBatch, 2}}), "split");
  Add("c", "aten.add.Tensor", {"a", "b"}, "c");
  net_.Result("c");
  const FrontierTable table = Table();
  EXPECT_THAT(table.groups()[0].output_names, ElementsAre("split#1", "split#2"));
  EXPECT_THAT(Names(table.MultiValue(9).frontiers), ElementsAre("split#1+split#2"));
}

TEST_F(FrontierTest, NamesAreSafeAndNotReserved) {
  Add("a", "aten.neg.default", {"x"}, "input").Add("b", "aten.neg.default", {"a"}, "edge");
  Add("c", "aten.neg.default", {"b"}, "auto").Add("d", "aten.neg.default", {"c"}, "a+b c#1");
  Add("e", "aten.neg.default", {"d"}, "a_b_c_1").Add("f", "aten.neg.default", {"e"}, "f");
  net_.Result("f");
  EXPECT_THAT(Names(Table().single()),
              ElementsAre("input_", "edge_", "auto_", "a_b_c_1#1", "a_b_c_1#2"));
}

TEST_F(FrontierTest, BranchesAreCutTogether) {
  AddDiamond();
  const FrontierTable table = Table();
  EXPECT_THAT(Names(table.single()), ElementsAre("stem", "join"));
  const FrontierTable::Multi multi = table.MultiValue(/*limit=*/100);
  EXPECT_THAT(Names(multi.frontiers),
              testing::UnorderedElementsAre("stem+left", "stem+left2", "stem+right", "left+right",
                                            "left2+right"));
  EXPECT_EQ(multi.exist, 5U);
  EXPECT_TRUE(multi.exact);
}

TEST_F(FrontierTest, MultiValueFrontiersAreLimitedInNumberAndWidth) {
  Add("stem", "aten.neg.default", {"x"}, "stem");
  std::vector<std::string> branches;
  for (int i = 0; i < 6; ++i) {
    const std::string name = "branch" + std::to_string(i);
    Add(name, "aten.neg.default", {"stem"}, name);
    branches.push_back(name);
  }
  Add("join", "aten.cat.default", branches, "join").Add("head", "aten.neg.default", {"join"}, "h");
  net_.Result("head");
  const FrontierTable table = Table();
  // k branches and the stem for k in 1..5, and all six branches.
  EXPECT_EQ(table.MultiValue(1000, /*max_width=*/2).exist, 6U);
  EXPECT_EQ(table.MultiValue(1000, /*max_width=*/4).exist, 6U + 15U + 20U);
  EXPECT_EQ(table.MultiValue(1000, /*max_width=*/9).exist, 62U + 1U);
  EXPECT_EQ(table.MultiValue(10, /*max_width=*/9).frontiers.size(), 10U);
  EXPECT_EQ(Names(table.MultiValue(10).frontiers), Names(table.MultiValue(10).frontiers));
}

TEST_F(FrontierTest, CountingStopsAtItsLimit) {
  Add("stem", "aten.neg.default", {"x"}, "stem");
  std::vector<std::string> branches;
  for (int i = 0; i < 400; ++i) {
    const std::string name = "branch" + std::to_string(i);
    Add(name, "aten.neg.default", {"stem"}, name);
    branches.push_back(name);
  }
  Add("join", "aten.cat.default", branches, "join");
  net_.Result("join");
  const FrontierTable::Multi multi = Table().MultiValue(5);
  EXPECT_FALSE(multi.exact);
  EXPECT_EQ(multi.frontiers.size(), 5U);
}

TEST_F(FrontierTest, AnInputReadLateLeavesNoCutBeforeIt) {
  Add("a", "aten.neg.default", {"x"}, "a").Add("b", "aten.neg.default", {"a"}, "b");
  Add("c", "aten.add.Tensor", {"b", "x"}, "c").Add("d", "aten.neg.default", {"c"}, "d");
  net_.Result("d");
  const FrontierTable table = Table();
  EXPECT_THAT(Names(table.single()), ElementsAre("c"));
  EXPECT_THAT(std::string(table.Find("b").status().message()), HasSubstr("input"));
}

TEST_F(FrontierTest, ConstantArithmeticBelongsToEverySegmentThatUsesIt) {
  net_.Parameter("p", {4});
  Add("scale", "aten.neg.default", {"p"}, "s").Add("a", "aten.mul.Tensor", {"x", "scale"}, "a");
  Add("b", "aten.mul.Tensor", {"a", "scale"}, "b").Add("c", "aten.neg.default", {"b"}, "c");
  net_.Result("c");
  const FrontierTable table = Table();
  EXPECT_EQ(table.groups().size(), 3U);
  EXPECT_THAT(Names(table.single()), ElementsAre("a", "b"));
  EXPECT_THAT(*NodesBetween(*program_, table.input(), *table.Find("a")), ElementsAre(0, 1));
  EXPECT_THAT(*NodesBetween(*program_, *table.Find("a"), table.edge()), ElementsAre(0, 2, 3));
  EXPECT_THAT(*NodesBetween(*program_, *table.Find("b"), table.edge()), ElementsAre(3));
}

TEST_F(FrontierTest, FindExplainsWhatIsWrong) {
  AddDiamond();
  const FrontierTable table = Table();
  const auto message = [&](std::string_view name) {
    return std::string(table.Find(name).status().message());
  };
  EXPECT_EQ(table.Find("input")->values, table.input().values);
  EXPECT_EQ(table.Find("edge")->values, table.edge().values);
  EXPECT_EQ(*table.Find("right+left2"), *table.Find("left2+right"));
  EXPECT_EQ(table.Find("lefd").status().code(), absl::StatusCode::kNotFound);
  EXPECT_THAT(message("lefd"), HasSubstr("did you mean 'left'?"));
  EXPECT_EQ(table.Find("left").status().code(), absl::StatusCode::kInvalidArgument);
  EXPECT_THAT(message("left"), HasSubstr("what crosses there is 'stem+left'"));
  EXPECT_THAT(message("left+left2"), HasSubstr("what crosses there is 'stem+left2'"));
  EXPECT_THAT(message("left+left"), HasSubstr("names a value twice"));
  EXPECT_THAT(message("head"), HasSubstr("a result of the network is made before it"));
  EXPECT_THAT(message(""), HasSubstr("no value ''"));
  EXPECT_THAT(message("stem+"), HasSubstr("no value ''"));
}

TEST_F(FrontierTest, SegmentsGoFromFrontierToFrontier) {
  AddDiamond();
  const FrontierTable table = Table();
  EXPECT_THAT(*NodesBetween(*program_, table.input(), table.edge()), ElementsAre(0, 1, 2, 3, 4, 5));
  EXPECT_THAT(*NodesBetween(*program_, table.input(), *table.Find("stem+left")), ElementsAre(0, 1));
  EXPECT_THAT(*NodesBetween(*program_, *table.Find("stem+left"), table.edge()),
              ElementsAre(2, 3, 4, 5));
  EXPECT_THAT(*NodesBetween(*program_, *table.Find("stem"), *table.Find("join")),
              ElementsAre(1, 2, 3, 4));
  EXPECT_THAT(*NodesBetween(*program_, *table.Find("join"), *table.Find("join")),
              testing::IsEmpty());
  EXPECT_EQ(NodesBetween(*program_, *table.Find("join"), *table.Find("stem")).status().code(),
            absl::StatusCode::kInvalidArgument);
}

TEST_F(FrontierTest, TheHashFollowsNamesAndShapes) {
  AddDiamond();
  const Sha256Digest hash = Table().hash();
  EXPECT_EQ(Table().hash(), hash);
  Pt2Builder renamed = net_;
  net_.node("right")["metadata"]["nn_module_stack"] = "L__self__,,n;L__self__other,other,n";
  EXPECT_NE(Table().hash(), hash);
  net_ = renamed;
  net_.graph()["tensor_values"]["right"]["sizes"][1]["as_int"] = 5;
  EXPECT_NE(Table().hash(), hash);
}

}  // namespace
}  // namespace tideline
