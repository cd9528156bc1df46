#include <cmath>
#include <functional>
#include <string>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "common/engine/engines.h"
#include "tests/common/engine/programs.h"

// What the passes of the engine "aten" make of networks: the same results as without them, and
// every canonical frontier still there.
namespace tideline {
namespace {

constexpr Dim kChannels{.constant = 8};
constexpr Dim kSide{.constant = 6};

std::shared_ptr<Engine> Open(const std::string& name) {
  SetEngineThreads(/*threads=*/1, /*spin=*/false);
  auto engine = OpenEngine(name);
  EXPECT_TRUE(engine.ok()) << engine.status();
  return *engine;
}

// Values between -1 and 1 without a pattern.
Tensor Noise(Shape shape) {
  Tensor tensor = *Tensor::Allocate(DType::kFloat32, std::move(shape));
  auto* data = reinterpret_cast<float*>(tensor.mutable_data());
  uint32_t state = 12345;
  for (int64_t i = 0; i < tensor.numel(); ++i) {
    state = state * 1664525 + 1013904223;
    data[i] = static_cast<float>(state >> 8) / static_cast<float>(1 << 23) - 1;
  }
  return tensor;
}

std::vector<Tensor> RunSegment(const std::string& engine,
                               const std::shared_ptr<const Program>& program, const Frontier& from,
                               const Frontier& to, std::vector<Tensor> inputs, int threads = 1) {
  const auto model = Open(engine)->Prepare(program, {.threads = threads});
  EXPECT_TRUE(model.ok()) << model.status();
  auto outputs = (*model)->Run({from, to}, inputs);
  EXPECT_TRUE(outputs.ok()) << outputs.status();
  return *std::move(outputs);
}

void ExpectSameWithAndWithout(const std::shared_ptr<const Program>& program, const Tensor& input,
                              int threads = 1) {
  const Frontier from{"input", program->inputs};
  const Frontier to{"edge", program->outputs};
  const std::vector<Tensor> fast = RunSegment("aten", program, from, to, {input}, threads);
  const std::vector<Tensor> plain = RunSegment("aten:plain", program, from, to, {input}, threads);
  ASSERT_EQ(fast.size(), plain.size());
  for (size_t i = 0; i < fast.size(); ++i) {
    EXPECT_EQ(fast[i].shape(), plain[i].shape());
    EXPECT_LE(*RelativeError(fast[i], plain[i]), 2e-6);
  }
}

struct ConvolutionCase {
  std::string name;
  int64_t groups = 1;
  int64_t kernel = 3;
  std::vector<int64_t> stride = {1, 1};
  std::vector<int64_t> dilation = {1, 1};
  bool bias = true;
};

// x → convolution → `activation` ("" = none).
std::shared_ptr<const Program> ConvolutionNet(const ConvolutionCase& c, const std::string& target,
                                              std::vector<Argument> arguments) {
  ProgramBuilder builder;
  const std::vector<Dim> dims = {kBatch, kChannels, kSide, kSide};
  const ValueId x = builder.Input("x", dims);
  const ValueId w = builder.Constant(
      "w", Noise({kChannels.constant, kChannels.constant / c.groups, c.kernel, c.kernel}));
  const ArgumentValue bias =
      c.bias ? ArgumentValue(ValueRef{builder.Constant("b", Noise({8}))}) : ArgumentValue(None{});
  const int64_t padding = c.kernel / 2;
  const ValueId y = builder.Op("conv", "aten.conv2d.default",
                               {{"input", ValueRef{x}},
                                {"weight", ValueRef{w}},
                                {"bias", bias},
                                {"stride", c.stride},
                                {"padding", std::vector<int64_t>{padding, padding}},
                                {"dilation", c.dilation},
                                {"groups", c.groups}},
                               dims);
  if (target.empty()) {
    return builder.Build({y});
  }
  arguments.insert(arguments.begin(), {"self", ValueRef{y}});
  return builder.Build({builder.Op("act", target, std::move(arguments), dims)});
}

class ConvolutionTest : public ::testing::TestWithParam<ConvolutionCase> {};

TEST_P(ConvolutionTest, IsWhatLibTorchComputes) {
  const auto program = ConvolutionNet(GetParam(), "", {});
  for (const int64_t batch : {1, 3}) {
    ExpectSameWithAndWithout(program, Noise({batch, 8, 6, 6}));
  }
}

// oneDNN arranges such weights by the batch, at least on x86 with two threads.
TEST(PassesTest, WeightsOfManyChannelsServeEveryBatch) {
  ProgramBuilder builder;
  const ValueId x =
      builder.Input("x", {kBatch, {.constant = 960}, {.constant = 7}, {.constant = 7}});
  const ValueId w = builder.Constant("w", Noise({320, 960, 1, 1}));
  const auto program = builder.Build(
      {builder.Op("conv", "aten.conv2d.default", {{"input", ValueRef{x}}, {"weight", ValueRef{w}}},
                  {kBatch, {.constant = 320}, {.constant = 7}, {.constant = 7}})});
  for (const int64_t batch : {1, 2, 8, 9}) {
    ExpectSameWithAndWithout(program, Noise({batch, 960, 7, 7}), /*threads=*/2);
  }
}

INSTANTIATE_TEST_SUITE_P(Kinds, ConvolutionTest,
                         ::testing::Values(ConvolutionCase{.name = "Dense"},
                                           ConvolutionCase{.name = "WithoutBias", .bias = false},
                                           ConvolutionCase{.name = "Pointwise", .kernel = 1},
                                           ConvolutionCase{.name = "Depthwise", .groups = 8},
                                           ConvolutionCase{.name = "Grouped", .groups = 2},
                                           ConvolutionCase{.name = "Strided", .stride = {2, 1}},
                                           ConvolutionCase{.name = "OneStrideForBoth",
                                                           .stride = {2}},
                                           ConvolutionCase{.name = "Dilated", .dilation = {1, 2}}),
                         [](const auto& test) { return test.param.name; });

struct ActivationCase {
  std::string target;
  std::vector<Argument> arguments;
};

class ActivationTest : public ::testing::TestWithParam<ActivationCase> {};

TEST_P(ActivationTest, BehindAConvolutionIsWhatLibTorchComputes) {
  ExpectSameWithAndWithout(ConvolutionNet({}, GetParam().target, GetParam().arguments),
                           Noise({2, 8, 6, 6}));
}

TEST_P(ActivationTest, BehindALinearLayerIsWhatLibTorchComputes) {
  ProgramBuilder builder;
  const ValueId x = builder.Input("x", {kBatch, {.constant = 5}, kChannels});
  const ValueId w = builder.Constant("w", Noise({4, 8}));
  const ValueId b = builder.Constant("b", Noise({4}));
  const std::vector<Dim> dims = {kBatch, {.constant = 5}, {.constant = 4}};
  const ValueId y =
      builder.Op("fc", "aten.linear.default",
                 {{"input", ValueRef{x}}, {"weight", ValueRef{w}}, {"bias", ValueRef{b}}}, dims);
  std::vector<Argument> arguments = GetParam().arguments;
  arguments.insert(arguments.begin(), {"self", ValueRef{y}});
  const auto program = builder.Build({builder.Op("act", GetParam().target, arguments, dims)});
  for (const int64_t batch : {1, 3}) {
    ExpectSameWithAndWithout(program, Noise({batch, 5, 8}));
  }
}

INSTANTIATE_TEST_SUITE_P(
    Functions, ActivationTest,
    ::testing::Values(
        ActivationCase{"aten.relu.default", {}}, ActivationCase{"aten.relu6.default", {}},
        ActivationCase{"aten.hardtanh.default", {}},
        ActivationCase{"aten.hardtanh.default", {{"min_val", -0.5}, {"max_val", int64_t{6}}}},
        ActivationCase{"aten.hardswish.default", {}},
        ActivationCase{"aten.hardsigmoid.default", {}}, ActivationCase{"aten.silu.default", {}},
        ActivationCase{"aten.sigmoid.default", {}}, ActivationCase{"aten.tanh.default", {}},
        ActivationCase{"aten.leaky_relu.default", {}},
        ActivationCase{"aten.leaky_relu.default", {{"negative_slope", 0.2}}},
        ActivationCase{"aten.gelu.default", {}},
        ActivationCase{"aten.gelu.default", {{"approximate", std::string("tanh")}}}),
    [](const auto& test) {
      const std::string base = test.param.target.substr(5, test.param.target.rfind('.') - 5);
      return base + (test.param.arguments.empty() ? "" : "_with_arguments");
    });

TEST(PassesTest, AValueThatIsReadTwiceIsNotFusedAway) {
  ProgramBuilder builder;
  const std::vector<Dim> dims = {kBatch, kChannels, kSide, kSide};
  const ValueId x = builder.Input("x", dims);
  const ValueId w = builder.Constant("w", Noise({8, 8, 1, 1}));
  const ValueId y = builder.Op("conv", "aten.conv2d.default",
                               {{"input", ValueRef{x}}, {"weight", ValueRef{w}}}, dims);
  const ValueId a = builder.Op("a", "aten.relu.default", {{"self", ValueRef{y}}}, dims);
  const ValueId s =
      builder.Op("s", "aten.add.Tensor", {{"self", ValueRef{y}}, {"other", ValueRef{a}}}, dims);
  ExpectSameWithAndWithout(builder.Build({s}), Noise({1, 8, 6, 6}));
}

// x → convolution → … + x → relu, as residual blocks end.
TEST(PassesTest, AnAdditionWithItsReluIsWhatLibTorchComputes) {
  for (const ArgumentValue& alpha : {ArgumentValue(int64_t{1}), ArgumentValue(-0.5)}) {
    ProgramBuilder builder;
    const std::vector<Dim> dims = {kBatch, kChannels, kSide, kSide};
    const ValueId x = builder.Input("x", dims);
    const ValueId w = builder.Constant("w", Noise({8, 8, 1, 1}));
    const ValueId y = builder.Op("conv", "aten.conv2d.default",
                                 {{"input", ValueRef{x}}, {"weight", ValueRef{w}}}, dims);
    const ValueId s =
        builder.Op("s", "aten.add.Tensor",
                   {{"self", ValueRef{y}}, {"other", ValueRef{x}}, {"alpha", alpha}}, dims);
    const ValueId a = builder.Op("a", "aten.relu.default", {{"self", ValueRef{s}}}, dims);
    const auto program = builder.Build({a});
    ExpectSameWithAndWithout(program, Noise({1, 8, 6, 6}));
    ExpectSameWithAndWithout(program, Noise({3, 8, 6, 6}));
  }
}

TEST(PassesTest, AnAdditionThatIsAResultStaysOne) {
  ProgramBuilder builder;
  const std::vector<Dim> dims = {kBatch, {.constant = 4}};
  const ValueId x = builder.Input("x", dims);
  const ValueId s =
      builder.Op("s", "aten.add.Tensor", {{"self", ValueRef{x}}, {"other", ValueRef{x}}}, dims);
  const ValueId a = builder.Op("a", "aten.relu.default", {{"self", ValueRef{s}}}, dims);
  ExpectSameWithAndWithout(builder.Build({s, a}), Noise({2, 4}));
}

TEST(PassesTest, ARowOfAnImageIsInTheNetworksOrder) {
  ProgramBuilder builder;
  const std::vector<Dim> dims = {kBatch, kChannels, kSide, kSide};
  const ValueId x = builder.Input("x", dims);
  const ValueId w = builder.Constant("w", Noise({8, 8, 1, 1}));
  const ValueId y = builder.Op("conv", "aten.conv2d.default",
                               {{"input", ValueRef{x}}, {"weight", ValueRef{w}}}, dims);
  const Dim row{.constant = 8 * 6 * 6};
  const ValueId v =
      builder.Op("row", "aten.view.default",
                 {{"self", ValueRef{y}}, {"size", std::vector<Dim>{kBatch, row}}}, {kBatch, row});
  ExpectSameWithAndWithout(builder.Build({v}), Noise({2, 8, 6, 6}));
}

TEST(PassesTest, ATailTakesAFrontierInAnyLayout) {
  ProgramBuilder builder;
  const std::vector<Dim> dims = {kBatch, kChannels, kSide, kSide};
  const ValueId x = builder.Input("x", dims);
  const ValueId w = builder.Constant("w", Noise({8, 8, 3, 3}));
  const auto layer = [&](const std::string& name, ValueId from) {
    return builder.Op(name, "aten.conv2d.default",
                      {{"input", ValueRef{from}},
                       {"weight", ValueRef{w}},
                       {"padding", std::vector<int64_t>{1, 1}}},
                      dims);
  };
  const ValueId first = layer("first", x);
  const ValueId second = layer("second", first);
  const auto program = builder.Build({second});
  const Frontier cut{"first", {first}};
  const std::vector<Tensor> head =
      RunSegment("aten", program, {"input", {x}}, cut, {Noise({1, 8, 6, 6})});
  const auto whole =
      RunSegment("aten", program, {"input", {x}}, {"edge", {second}}, {Noise({1, 8, 6, 6})});
  const auto as_it_came = RunSegment("aten", program, cut, {"edge", {second}}, head);
  const auto repacked =
      RunSegment("aten", program, cut, {"edge", {second}}, {*Contiguous(head[0])});
  EXPECT_TRUE(BitEqual(as_it_came[0], whole[0]));
  EXPECT_TRUE(BitEqual(repacked[0], whole[0]));
}

TEST(PassesTest, IdentitiesInsideAGroupVanishAndItsFrontierStays) {
  ProgramBuilder builder;
  const std::vector<Dim> dims = {kBatch, {.constant = 4}};
  const ValueId x = builder.Input("x", dims);
  const ValueId a = builder.Op("a", "aten.neg.default", {{"self", ValueRef{x}}}, dims);
  const ValueId b = builder.Op("b", "aten.clone.default", {{"self", ValueRef{a}}}, dims);
  const ValueId c = builder.Op("c", "aten.neg.default", {{"self", ValueRef{b}}}, dims);
  const auto program = builder.Build({c});
  const auto head = RunSegment("aten", program, {"input", {x}}, {"a", {b}}, {Ramp({1, 4})});
  EXPECT_THAT(Elements(head[0]), ::testing::ElementsAre(0, -0.25, -0.5, -0.75));
  const auto tail = RunSegment("aten", program, {"a", {b}}, {"edge", {c}}, head);
  EXPECT_THAT(Elements(tail[0]), ::testing::ElementsAre(0, 0.25, 0.5, 0.75));
}

TEST(PassesTest, WhatDependsOnNoInputIsComputedOnceAndRandomNumbersAreNot) {
  ProgramBuilder builder;
  const std::vector<Dim> dims = {kBatch, {.constant = 4}};
  const ValueId x = builder.Input("x", dims);
  const ValueId w = builder.Constant("w", Ramp({4}));
  const ValueId n = builder.Op("n", "aten.neg.default", {{"self", ValueRef{w}}}, {dims[1]});
  const ValueId r = builder.Op("r", "aten.rand_like.default", {{"self", ValueRef{w}}}, {dims[1]});
  const ValueId s =
      builder.Op("s", "aten.add.Tensor", {{"self", ValueRef{x}}, {"other", ValueRef{n}}}, dims);
  const ValueId t =
      builder.Op("t", "aten.mul.Tensor", {{"self", ValueRef{x}}, {"other", ValueRef{r}}}, dims);
  const auto program = builder.Build({s, t});
  const auto model = *Open("aten")->Prepare(program, {.threads = 1});
  const Segment whole{{"input", {x}}, {"edge", {s, t}}};
  const std::vector<Tensor> input = {Ramp({1, 4})};
  const auto first = *model->Run(whole, input);
  const auto second = *model->Run(whole, input);
  EXPECT_THAT(Elements(first[0]), ::testing::Each(0.0F));
  EXPECT_FALSE(BitEqual(first[1], second[1]));
}

TEST(PassesTest, LowerPrecisionIsCloseAndFloat32OutsideAndCutsAgree) {
  const auto program = ConvolutionNet({}, "aten.relu.default", {});
  const Frontier from{"input", program->inputs};
  const Frontier to{"edge", program->outputs};
  const Tensor input = Noise({1, 8, 6, 6});
  const auto full = RunSegment("aten", program, from, to, {input});
  const auto half = RunSegment("aten:bf16", program, from, to, {input});
  ASSERT_EQ(half[0].dtype(), DType::kFloat32);
  EXPECT_LE(*RelativeError(half[0], full[0]), 2e-2);
  EXPECT_FALSE(BitEqual(half[0], full[0]));
  const auto model = *Open("aten:bf16")->Prepare(program, {.threads = 1});
  EXPECT_EQ(model->Describe().precision, "bfloat16");
}

}  // namespace
}  // namespace tideline
