#include "common/program/costs.h"

#include <limits>

#include <gtest/gtest.h>

#include "tests/common/program/pt2_builder.h"

namespace tideline {
namespace {

const Json kBatch = Pt2Builder::Batch();

// The cost of the last node of a network.
Cost Last(const Pt2Builder& net) {
  const auto program = net.Load();
  EXPECT_TRUE(program.ok()) << program.status();
  return program.ok() ? NodeCosts(**program).back() : Cost{};
}

TEST(CostsTest, LayersCountMacsWeightsAndOutputs) {
  const auto program = SmallNetwork().Load();
  ASSERT_TRUE(program.ok());
  const std::vector<Cost> costs = NodeCosts(**program);
  ASSERT_EQ(costs.size(), 4U);
  EXPECT_EQ(costs[0].macs, 8 * 8 * 4 * 27);
  EXPECT_EQ(costs[0].weight_bytes, 4 * (4 * 27 + 4));
  EXPECT_EQ(costs[0].output_bytes, 4 * 4 * 8 * 8);
  EXPECT_EQ(costs[1].macs, 0);
  EXPECT_EQ(costs[1].output_bytes, 4 * 4 * 8 * 8);
  EXPECT_EQ(costs[2].output_bytes, 0) << "a view writes nothing";
  EXPECT_EQ(costs[3].macs, 5 * 256);
}

TEST(CostsTest, AWeightThatTwoNodesReadCountsOnce) {
  Pt2Builder net;
  net.Parameter("w", {3, 3}).Input("x", {kBatch, 3});
  for (const char* name : {"a", "b"}) {
    net.Node(
        name, "aten.linear.default",
        {{"input", TensorArg(name == std::string("a") ? "x" : "a")}, {"weight", TensorArg("w")}},
        {kBatch, 3});
  }
  const auto program = net.Result("b").Load();
  ASSERT_TRUE(program.ok());
  EXPECT_EQ(NodeCosts(**program)[0].weight_bytes, 36);
  EXPECT_EQ(NodeCosts(**program)[1].weight_bytes, 0);
}

TEST(CostsTest, MatrixProductsCountTheirInnerLength) {
  Pt2Builder net;
  net.Input("x", {kBatch, 2, 7})
      .Input("y", {kBatch, 7, 5})
      .Node("z", "aten.bmm.default", {{"self", TensorArg("x")}, {"mat2", TensorArg("y")}},
            {kBatch, 2, 5})
      .Result("z");
  EXPECT_EQ(Last(net).macs, 2 * 5 * 7);
}

TEST(CostsTest, AttentionCountsBothProducts) {
  Pt2Builder net;
  net.Input("q", {kBatch, 2, 10, 4})
      .Input("k", {kBatch, 2, 6, 4})
      .Input("v", {kBatch, 2, 6, 8})
      .Node("z", "aten.scaled_dot_product_attention.default",
            {{"query", TensorArg("q")}, {"key", TensorArg("k")}, {"value", TensorArg("v")}},
            {kBatch, 2, 10, 8})
      .Result("z");
  EXPECT_EQ(Last(net).macs, 2 * 10 * 6 * 4 + 2 * 10 * 6 * 8);
}

TEST(CostsTest, ATransposedConvolutionCountsByItsInput) {
  Pt2Builder net;
  net.Parameter("w", {3, 4, 2, 2})
      .Input("x", {kBatch, 3, 5, 5})
      .Node("y", "aten.conv_transpose2d.input",
            {{"input", TensorArg("x")}, {"weight", TensorArg("w")}}, {kBatch, 4, 10, 10})
      .Result("y");
  EXPECT_EQ(Last(net).macs, 3 * 25 * 4 * 4);
}

TEST(CostsTest, AStaticBatchCountsWhole) {
  Pt2Builder net;
  net.Parameter("w", {2, 3})
      .Input("x", {8, 3})
      .Node("y", "aten.linear.default", {{"input", TensorArg("x")}, {"weight", TensorArg("w")}},
            {8, 2})
      .Result("y");
  EXPECT_EQ(Last(net).macs, 8 * 2 * 3);
  EXPECT_EQ(FrontierElements(**net.Load(), FrontierTable(**net.Load()).input()), 24);
}

TEST(CostsTest, OverflowStaysAtTheLargest) {
  const int64_t large = int64_t{1} << 29;
  Pt2Builder net;
  net.Input("x", {large, large})
      .Input("y", {large, large})
      .Node("z", "aten.mm.default", {{"self", TensorArg("x")}, {"mat2", TensorArg("y")}},
            {large, large})
      .Result("z");
  EXPECT_EQ(Last(net).macs, std::numeric_limits<int64_t>::max());
}

}  // namespace
}  // namespace tideline
