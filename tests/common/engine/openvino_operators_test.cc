#include "tests/common/engine/openvino_operators.h"

#include <cmath>
#include <utility>

#include "common/engine/engines.h"

namespace tideline {

Tensor Noise(Shape shape) {
  Tensor tensor = *Tensor::Allocate(DType::kFloat32, std::move(shape));
  float* data = reinterpret_cast<float*>(tensor.mutable_data());
  uint32_t state = 12345;
  for (int64_t i = 0; i < tensor.numel(); ++i) {
    state = state * 1664525 + 1013904223;
    data[i] = static_cast<float>(state >> 8) / static_cast<float>(1 << 22) - 2;
  }
  return tensor;
}

namespace {

Tensor Positive(Shape shape) {
  Tensor tensor = Noise(std::move(shape));
  float* data = reinterpret_cast<float*>(tensor.mutable_data());
  for (int64_t i = 0; i < tensor.numel(); ++i) {
    data[i] = 0.5F + std::abs(data[i]);
  }
  return tensor;
}

std::vector<Dim> PerBatch(const Shape& row) {
  std::vector<Dim> dims = {kBatch};
  for (const int64_t size : row) {
    dims.push_back({.constant = size});
  }
  return dims;
}

std::shared_ptr<const Program> Build(const OperatorCase& each) {
  ProgramBuilder builder;
  const ValueId x = builder.Input("x", PerBatch(each.input));
  Arguments arguments = {{each.first, ValueRef{x}}};
  for (Argument& argument : each.arguments(builder)) {
    arguments.push_back(std::move(argument));
  }
  Node node{.target = each.target, .arguments = std::move(arguments), .returns_list = each.list};
  std::vector<ValueId> results;
  for (size_t i = 0; i < each.outputs.size(); ++i) {
    const bool used = !each.outputs[i].empty();
    node.outputs.push_back(
        used ? builder.Activation("y" + std::to_string(i), PerBatch(each.outputs[i])) : kNone);
    if (used) {
      results.push_back(node.outputs.back());
    }
  }
  builder.Append(std::move(node));
  return builder.Build(std::move(results));
}

std::vector<Tensor> RunOn(const std::string& engine, const std::shared_ptr<const Program>& program,
                          const Tensor& input) {
  SetEngineThreads(/*threads=*/1, /*spin=*/false);
  const auto opened = OpenEngine(engine);
  EXPECT_TRUE(opened.ok()) << opened.status();
  const auto model = (*opened)->Prepare(program, {.threads = 1});
  EXPECT_TRUE(model.ok()) << model.status();
  const auto outputs = (*model)->Run({{"input", program->inputs}, {"edge", program->outputs}},
                                     std::vector<Tensor>{input});
  EXPECT_TRUE(outputs.ok()) << outputs.status();
  return outputs.ok() ? *outputs : std::vector<Tensor>{};
}

}  // namespace

Arguments Nothing(ProgramBuilder&) { return {}; }

MakeArguments Plain(Arguments arguments) {
  return [arguments](ProgramBuilder&) { return arguments; };
}

MakeArguments Weights(Shape weight, Shape bias, Arguments others) {
  return [=](ProgramBuilder& builder) {
    Arguments arguments = {{"weight", ValueRef{builder.Constant("w", Noise(weight))}},
                           {"bias", None{}}};
    if (!bias.empty()) {
      arguments[1].value = ValueRef{builder.Constant("b", Noise(bias))};
    }
    arguments.insert(arguments.end(), others.begin(), others.end());
    return arguments;
  };
}

MakeArguments Statistics(int64_t channels, Arguments others) {
  return [=](ProgramBuilder& builder) {
    Arguments arguments = {{"weight", ValueRef{builder.Constant("w", Noise({channels}))}},
                           {"bias", ValueRef{builder.Constant("b", Noise({channels}))}},
                           {"running_mean", ValueRef{builder.Constant("m", Noise({channels}))}},
                           {"running_var", ValueRef{builder.Constant("v", Positive({channels}))}}};
    arguments.insert(arguments.end(), others.begin(), others.end());
    return arguments;
  };
}

MakeArguments With(const std::string& name, Shape shape, Arguments others) {
  return [=](ProgramBuilder& builder) {
    Arguments arguments = {{name, ValueRef{builder.Constant("w", Noise(shape))}}};
    arguments.insert(arguments.end(), others.begin(), others.end());
    return arguments;
  };
}

TEST_P(OpenVinoOperatorsTest, GivesWhatLibTorchGives) {
  const OperatorCase& each = GetParam();
  const std::shared_ptr<const Program> program = Build(each);
  for (const int64_t batch : {1, 3}) {
    Shape shape = each.input;
    shape.insert(shape.begin(), batch);
    const Tensor input = Noise(shape);
    const std::vector<Tensor> expected = RunOn("aten:plain", program, input);
    const std::vector<Tensor> actual = RunOn("openvino", program, input);
    ASSERT_EQ(actual.size(), expected.size());
    for (size_t i = 0; i < actual.size(); ++i) {
      EXPECT_LE(*RelativeError(actual[i], expected[i]), 2e-6) << "result " << i;
    }
  }
}

namespace {

// Operators that the front end has: arguments by position, by keyword, lists, and None.
const OperatorCase kPassedOn[] = {
    {"hardtanh", {9}, "aten.hardtanh.default", Plain({{"min_val", 0.0}, {"max_val", 6.0}}), {{9}}},
    {"add_with_alpha", {4}, "aten.add.Tensor", With("other", {4}, {{"alpha", int64_t{3}}}), {{4}}},
    {"gelu_by_tanh",
     {9},
     "aten.gelu.default",
     Plain({{"approximate", std::string("tanh")}}),
     {{9}}},
    {"clamp_without_minimum",
     {9},
     "aten.clamp.default",
     Plain({{"min", None{}}, {"max", 0.5}}),
     {{9}}},
    {"elu", {9}, "aten.elu.default", Plain({{"alpha", 0.5}}), {{9}}},
    {"mean", {3, 4}, "aten.mean.dim", Plain({{"dim", Ints{-1}}, {"keepdim", true}}), {{3, 1}}},
    {"transpose",
     {3, 4},
     "aten.transpose.int",
     Plain({{"dim0", int64_t{1}}, {"dim1", int64_t{2}}}),
     {{4, 3}}},
    {"select",
     {3, 4},
     "aten.select.int",
     Plain({{"dim", int64_t{1}}, {"index", int64_t{-1}}}),
     {{4}}},
    {"slice",
     {9},
     "aten.slice.Tensor",
     Plain({{"dim", int64_t{1}}, {"start", int64_t{2}}, {"end", int64_t{8}}, {"step", int64_t{3}}}),
     {{2}}},
    {"max_with_indices_unused", {3, 4}, "aten.max.dim", Plain({{"dim", int64_t{1}}}), {{4}, {}}},
    {"fake_quantize",
     {9},
     "aten.fake_quantize_per_tensor_affine_cachemask.default",
     Plain({{"scale", 0.02},
            {"zero_point", int64_t{100}},
            {"quant_min", int64_t{0}},
            {"quant_max", int64_t{255}}}),
     {{9}, {}}},
    {"variance",
     {8},
     "aten.var.correction",
     Plain({{"dim", Ints{1}}, {"correction", int64_t{0}}, {"keepdim", true}}),
     {{1}}},
};

INSTANTIATE_TEST_SUITE_P(PassedOn, OpenVinoOperatorsTest, ::testing::ValuesIn(kPassedOn),
                         kCaseName);
}  // namespace
}  // namespace tideline
