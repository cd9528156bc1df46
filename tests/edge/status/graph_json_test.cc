#include "edge/status/graph_json.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "tests/common/program/pt2_builder.h"

namespace tideline {
namespace {

using OrderedJson = nlohmann::ordered_json;

// x -> stem -> {left, right} -> join, every value [B, 4]
TEST(GraphJsonTest, GroupsAndCutsAreThoseOfTheTable) {
  const nlohmann::json batch = Pt2Builder::Batch();
  Pt2Builder net;
  net.Input("x", {batch, 4});
  const auto add = [&](const std::string& name, const std::vector<std::string>& inputs) {
    Pt2Builder::Inputs arguments;
    for (const std::string& input : inputs) {
      arguments.emplace_back(arguments.empty() ? "self" : "other", TensorArg(input));
    }
    net.Node(name, inputs.size() > 1 ? "aten.add.Tensor" : "aten.neg.default", arguments,
             {batch, 4}, name);
  };
  add("stem", {"x"});
  add("left", {"stem"});
  add("right", {"stem"});
  add("join", {"left", "right"});
  add("head", {"join"});
  net.Result("head");
  const auto program = net.Load();
  ASSERT_TRUE(program.ok()) << program.status();
  const FrontierTable table(**program);
  const std::vector<Frontier> further = {*table.Find("stem"), *table.Find("left+right")};
  const OrderedJson graph = OrderedJson::parse(GraphJson("net", **program, table, further));

  EXPECT_EQ(graph["model"], "net");
  ASSERT_EQ(graph["nodes"].size(), 5);
  EXPECT_EQ(graph["nodes"][0], OrderedJson({{"id", 0},
                                            {"name", "stem"},
                                            {"kind", "neg"},
                                            {"macs", 0},
                                            {"shape", {1, 4}},
                                            {"inputs", OrderedJson::array()}}));
  EXPECT_EQ(graph["nodes"][3]["inputs"], OrderedJson({1, 2}));
  ASSERT_EQ(graph["cuts"].size(), 3);  // stem, join; left+right
  EXPECT_EQ(graph["cuts"][0]["name"], "stem");
  EXPECT_EQ(graph["cuts"][0]["after"], OrderedJson({0}));
  EXPECT_EQ(graph["cuts"][1]["after"], OrderedJson({0, 1, 2, 3}));
  EXPECT_DOUBLE_EQ(graph["cuts"][1]["depth"].get<double>(), 0.8);
  EXPECT_EQ(graph["cuts"][2]["name"], "left+right");
}

}  // namespace
}  // namespace tideline
