#include "common/program/fold.h"

#include <cmath>
#include <functional>

#include <gtest/gtest.h>

#include "tests/common/program/pt2_builder.h"

namespace tideline {
namespace {

const Json kBatch = Pt2Builder::Batch();

const Tensor& Constant(const Program& program, const Node& node, std::string_view name) {
  return program.values[std::get<ValueRef>(Program::Find(node, name)->value).id].constant;
}

int BatchNorms(const Program& program) {
  int count = 0;
  for (const Node& node : program.nodes) {
    count += node.target.find("batch_norm") != std::string::npos ? 1 : 0;
  }
  return count;
}

TEST(FoldTest, WeightAndBiasTakeTheNormalization) {
  const auto program = SmallNetwork().Load();
  ASSERT_TRUE(program.ok()) << program.status();
  EXPECT_EQ(BatchNorms(**program), 0);
  const Node& conv = (*program)->nodes[0];
  const Tensor& weight = Constant(**program, conv, "weight");
  const Tensor& bias = Constant(**program, conv, "bias");
  for (int channel = 0; channel < 4; ++channel) {
    const double scale = (1 + 0.5 * channel) / std::sqrt(1.0 + channel + 1e-5);
    const double mean = 0.1 + 0.1 * channel;
    const double shift = -1 + 0.5 * channel - mean * scale;
    EXPECT_NEAR(bias.as<float>()[channel], (0.5 + 0.25 * channel) * scale + shift, 1e-6);
    for (int i = 27 * channel; i < 27 * (channel + 1); ++i) {
      EXPECT_NEAR(weight.as<float>()[i], (-0.5 + 0.01 * i) * scale, 1e-6);
    }
  }
}

TEST(FoldTest, TheLayerMakesTheNormalizedValue) {
  const auto program = SmallNetwork().Load();
  ASSERT_TRUE(program.ok());
  const Node& conv = (*program)->nodes[0];
  EXPECT_EQ((*program)->values[conv.outputs[0]].name, "getitem");
  EXPECT_EQ((*program)->values[conv.outputs[0]].producer, 0);
  EXPECT_EQ((*program)->parameters, 4 * 27 + 4 + 4 + 4 + 5 * 256 + 5) << "as in the file";
  for (const Value& value : (*program)->values) {
    EXPECT_NE(value.name, "p_norm_weight") << "what nobody reads is gone";
    EXPECT_NE(value.name, "p_conv_weight");
  }
}

TEST(FoldTest, ALayerWithoutBiasGetsOne) {
  for (const bool none : {true, false}) {
    Pt2Builder net = SmallNetwork();
    Json& inputs = net.node("conv2d")["inputs"];
    if (none) {
      inputs[2]["arg"] = NoneArg();
    } else {
      inputs.erase(2);
    }
    const auto program = net.Load();
    ASSERT_TRUE(program.ok()) << program.status();
    EXPECT_EQ((*program)->nodes[0].arguments[2].name, "bias");
    EXPECT_NEAR(Constant(**program, (*program)->nodes[0], "bias").as<float>()[0],
                -1 - 0.1 / std::sqrt(1 + 1e-5), 1e-6);
  }
}

TEST(FoldTest, EverySpellingIsFolded) {
  Pt2Builder net = SmallNetwork();
  net.node("getitem")["target"] = "torch.ops.aten._native_batch_norm_legit.default";
  net.node("getitem")["inputs"].push_back(
      {{"name", "training"}, {"arg", BoolArg(false)}, {"kind", 1}});
  EXPECT_EQ(BatchNorms(**net.Load()), 0);
  net.node("getitem")["target"] = "torch.ops.aten.batch_norm.default";
  net.node("getitem")["outputs"] = Json::array({TensorArg("getitem")});
  EXPECT_EQ(BatchNorms(**net.Load()), 0);
  net.node("conv2d")["target"] = "torch.ops.aten.convolution.default";
  net.node("conv2d")["inputs"].push_back(
      {{"name", "transposed"}, {"arg", BoolArg(false)}, {"kind", 1}});
  EXPECT_EQ(BatchNorms(**net.Load()), 0);
}

TEST(FoldTest, AffineParametersMayBeAbsent) {
  Pt2Builder net = SmallNetwork();
  net.node("getitem")["inputs"][1]["arg"] = NoneArg();
  net.node("getitem")["inputs"][2]["arg"] = NoneArg();
  const auto program = net.Load();
  ASSERT_TRUE(program.ok());
  EXPECT_EQ(BatchNorms(**program), 0);
  EXPECT_NEAR(Constant(**program, (*program)->nodes[0], "bias").as<float>()[3],
              (1.25 - 0.4) / std::sqrt(4 + 1e-5), 1e-6);
}

TEST(FoldTest, ALinearLayerOnRowsTakesIt) {
  Pt2Builder net;
  net.Parameter("w", {4, 3})
      .Buffer("mean", {4})
      .Buffer("var", {4}, 1)
      .Input("x", {kBatch, 3})
      .Node("linear", "aten.linear.default",
            {{"input", TensorArg("x")}, {"weight", TensorArg("w")}}, {kBatch, 4})
      .Node("norm", "aten.batch_norm.default",
            {{"input", TensorArg("linear")},
             {"running_mean", TensorArg("mean")},
             {"running_var", TensorArg("var")},
             {"training", BoolArg(false)},
             {"eps", FloatArg(1e-5)}},
            {kBatch, 4})
      .Result("norm");
  EXPECT_EQ(BatchNorms(**net.Load()), 0);
}

// What keeps a BatchNorm where it is.
struct Obstacle {
  std::string name;
  std::function<void(Pt2Builder&)> put;
};

class FoldObstacle : public ::testing::TestWithParam<Obstacle> {};

TEST_P(FoldObstacle, KeepsTheBatchNorm) {
  Pt2Builder net = SmallNetwork();
  GetParam().put(net);
  const auto program = net.Load();
  ASSERT_TRUE(program.ok()) << program.status();
  EXPECT_EQ(BatchNorms(**program), 1);
}

INSTANTIATE_TEST_SUITE_P(
    All, FoldObstacle,
    ::testing::Values(
        Obstacle{"AnotherReader",
                 [](Pt2Builder& net) {
                   net.Node("other", "aten.relu.default", {{"self", TensorArg("conv2d")}},
                            {kBatch, 4, 8, 8})
                       .Result("other");
                 }},
        Obstacle{"LayerIsAResult", [](Pt2Builder& net) { net.Result("conv2d"); }},
        Obstacle{"StatisticsAreRead",
                 [](Pt2Builder& net) {
                   net.graph()["tensor_values"]["norm_unused_1"] =
                       net.graph()["tensor_values"]["p_norm_weight"];
                   net.Result("norm_unused_1");
                 }},
        Obstacle{"TransposedConvolution",
                 [](Pt2Builder& net) {
                   net.node("conv2d")["target"] = "torch.ops.aten.convolution.default";
                   net.node("conv2d")["inputs"].push_back(
                       {{"name", "transposed"}, {"arg", BoolArg(true)}, {"kind", 1}});
                 }},
        Obstacle{"OtherLayer",
                 [](Pt2Builder& net) {
                   net.node("conv2d")["target"] = "torch.ops.aten.conv_transpose2d.input";
                 }},
        Obstacle{
            "ComputedWeight",
            [](Pt2Builder& net) { net.node("getitem")["inputs"][1]["arg"] = TensorArg("conv2d"); }},
        Obstacle{"WrongLength",
                 [](Pt2Builder& net) {
                   net.node("getitem")["inputs"][1]["arg"] = TensorArg("p_head_bias");
                 }},
        Obstacle{"NoStatistics",
                 [](Pt2Builder& net) { net.node("getitem")["inputs"][3]["arg"] = NoneArg(); }}),
    [](const auto& info) { return info.param.name; });

}  // namespace
}  // namespace tideline
