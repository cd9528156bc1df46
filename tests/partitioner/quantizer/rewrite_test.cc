#include "partitioner/quantizer/rewrite.h"

#include <algorithm>
#include <string>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "common/program/frontier.h"
#include "partitioner/quantizer/layers.h"
#include "tests/common/program/pt2_builder.h"

namespace tideline {
namespace {

using ::testing::Contains;
using ::testing::IsSupersetOf;

constexpr char kFakeQuantize[] = "aten.fake_quantize_per_tensor_affine_cachemask.default";

std::vector<std::string> CutNames(const Program& program) {
  std::vector<std::string> names;
  const FrontierTable table(program);
  for (const Frontier& cut : table.single()) {
    names.push_back(cut.name);
  }
  return names;
}

int64_t Count(const Program& program, const std::string& target) {
  return std::ranges::count(program.nodes, target, &Node::target);
}

const Node& NodeOf(const Program& program, const std::string& target) {
  return *std::ranges::find(program.nodes, target, &Node::target);
}

ValueId Read(const Node& node, const char* argument) {
  return std::get<ValueRef>(Program::Find(node, argument)->value).id;
}

ActivationRanges AllRanges(const Program& program) {
  ActivationRanges ranges;
  for (const QuantizableLayer& layer : QuantizableLayers(program)) {
    ranges[layer.activation] = {.scale = 0.5, .zero_point = 3};
  }
  return ranges;
}

// x [B, 3, 4, 4] into two convolutions, added.
Pt2Builder TwoReaders() {
  Pt2Builder builder;
  builder.Input("x", {Pt2Builder::Batch(), 3, 4, 4})
      .Parameter("p_a", {2, 3, 1, 1}, -3)
      .Parameter("p_b", {2, 3, 1, 1})
      .Node("left", "aten.conv2d.default",
            {{"input", TensorArg("x")}, {"weight", TensorArg("p_a")}},
            {Pt2Builder::Batch(), 2, 4, 4}, "left")
      .Node("right", "aten.conv2d.default",
            {{"input", TensorArg("x")}, {"weight", TensorArg("p_b")}},
            {Pt2Builder::Batch(), 2, 4, 4}, "right")
      .Node("add", "aten.add.Tensor", {{"self", TensorArg("left")}, {"other", TensorArg("right")}},
            {Pt2Builder::Batch(), 2, 4, 4})
      .Result("add");
  return builder;
}

TEST(RewriteTest, WeightsBecomeInt8TimesAScalePerChannel) {
  const auto program = TwoReaders().Load();
  ASSERT_TRUE(program.ok()) << program.status();
  const auto quantized = QuantizeProgram(**program, AllRanges(**program));
  ASSERT_TRUE(quantized.ok()) << quantized.status();

  const Node& mul = NodeOf(*quantized, "aten.mul.Tensor");
  const Tensor scale = quantized->values[Read(mul, "other")].constant;
  EXPECT_EQ(scale.shape(), (Shape{2, 1, 1, 1}));
  const Node& copy = quantized->nodes[quantized->values[Read(mul, "self")].producer];
  EXPECT_EQ(copy.target, "aten._to_copy.default");
  const Tensor codes = quantized->values[Read(copy, "self")].constant;
  EXPECT_EQ(codes.dtype(), DType::kInt8);
  // The first convolution's weights are -3 -2 -1 and 0 1 2.
  for (int i = 0; i < 6; ++i) {
    EXPECT_NEAR(codes.as<int8_t>()[i] * scale.as<float>()[i / 3], i - 3, 0.02) << i;
  }
}

TEST(RewriteTest, TheFloatWeightsAreGone) {
  const auto program = TwoReaders().Load();
  const auto quantized = QuantizeProgram(**program, AllRanges(**program));
  ASSERT_TRUE(quantized.ok()) << quantized.status();
  for (const Value& value : quantized->values) {
    EXPECT_TRUE(value.name != "p_a" && value.name != "p_b");
  }
}

TEST(RewriteTest, AValueIsQuantizedOnceForAllItsLayers) {
  const auto program = TwoReaders().Load();
  const auto quantized = QuantizeProgram(**program, AllRanges(**program));
  ASSERT_TRUE(quantized.ok()) << quantized.status();
  EXPECT_EQ(Count(*quantized, kFakeQuantize), 1);
  const Node& fake = NodeOf(*quantized, kFakeQuantize);
  EXPECT_EQ(std::get<double>(Program::Find(fake, "scale")->value), 0.5);
  EXPECT_EQ(std::get<int64_t>(Program::Find(fake, "zero_point")->value), 3);
  ASSERT_EQ(fake.outputs.size(), 2U);
  EXPECT_EQ(fake.outputs[1], kNone);
  EXPECT_EQ(quantized->values[fake.outputs[0]].users.size(), 2U);
}

TEST(RewriteTest, LayersWithoutARangeStayAsTheyAre) {
  const auto program = SmallNetwork().Load();
  ASSERT_TRUE(program.ok()) << program.status();
  const auto quantized = QuantizeProgram(**program, {});
  ASSERT_TRUE(quantized.ok()) << quantized.status();
  EXPECT_EQ(quantized->nodes.size(), (*program)->nodes.size());
  EXPECT_EQ(FrontierTable(*quantized).hash(), FrontierTable(**program).hash());
}

TEST(RewriteTest, FrontiersKeepTheirNames) {
  const auto program = SmallNetwork().Load();
  ASSERT_TRUE(program.ok()) << program.status();
  const auto quantized = QuantizeProgram(**program, AllRanges(**program));
  ASSERT_TRUE(quantized.ok()) << quantized.status();
  const std::vector<std::string> names = CutNames(*quantized);
  EXPECT_THAT(names, IsSupersetOf(CutNames(**program)));
  EXPECT_THAT(names, Contains("head.quantized"));
  EXPECT_EQ(Count(*quantized, kFakeQuantize), 2);
}

TEST(RewriteTest, ATransposedConvolutionIsNoQuantizableLayer) {
  Pt2Builder builder = TwoReaders();
  builder.node("left")["target"] = "torch.ops.aten.convolution.default";
  builder.node("left")["inputs"].push_back({{"name", "transposed"}, {"arg", BoolArg(true)}});
  const auto program = builder.Load();
  ASSERT_TRUE(program.ok()) << program.status();
  EXPECT_EQ(QuantizableLayers(**program).size(), 1U);
}

}  // namespace
}  // namespace tideline
