#include <cmath>
#include <functional>
#include <string>

#include <gtest/gtest.h>

#include "common/engine/engines.h"
#include "tests/common/engine/programs.h"

// Every operator that the engine "openvino" says in other words, and kinds of arguments that it
// passes on, against LibTorch: networks of one operator, with a batch of 1 and of 3.
namespace tideline {
namespace {

// Numbers in [-2, 2) without a pattern.
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

using Ints = std::vector<int64_t>;
using Arguments = std::vector<Argument>;

struct OperatorCase {
  std::string name;
  Shape input;  // of one row
  std::string target;
  // The arguments behind the first one, which is the input; weights go into the builder.
  std::function<Arguments(ProgramBuilder&)> arguments;
  std::vector<Shape> outputs;  // of one row; {} = unused
  bool list = false;
  std::string first = "self";
};

std::ostream& operator<<(std::ostream& out, const OperatorCase& each) { return out << each.name; }

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

class OpenVinoOperatorsTest : public ::testing::TestWithParam<OperatorCase> {
 protected:
  static std::vector<Tensor> Run(const std::string& engine,
                                 const std::shared_ptr<const Program>& program,
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
};

TEST_P(OpenVinoOperatorsTest, GivesWhatLibTorchGives) {
  const OperatorCase& each = GetParam();
  const std::shared_ptr<const Program> program = Build(each);
  for (const int64_t batch : {1, 3}) {
    Shape shape = each.input;
    shape.insert(shape.begin(), batch);
    const Tensor input = Noise(shape);
    const std::vector<Tensor> expected = Run("aten:plain", program, input);
    const std::vector<Tensor> actual = Run("openvino", program, input);
    ASSERT_EQ(actual.size(), expected.size());
    for (size_t i = 0; i < actual.size(); ++i) {
      EXPECT_LE(*RelativeError(actual[i], expected[i]), 2e-6) << "result " << i;
    }
  }
}

Arguments Nothing(ProgramBuilder&) { return {}; }

// What needs no weight.
std::function<Arguments(ProgramBuilder&)> Plain(Arguments arguments) {
  return [arguments](ProgramBuilder&) { return arguments; };
}

std::function<Arguments(ProgramBuilder&)> Weights(Shape weight, Shape bias, Arguments others) {
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

std::function<Arguments(ProgramBuilder&)> Statistics(int64_t channels, Arguments others) {
  return [=](ProgramBuilder& builder) {
    Arguments arguments = {{"weight", ValueRef{builder.Constant("w", Noise({channels}))}},
                           {"bias", ValueRef{builder.Constant("b", Noise({channels}))}},
                           {"running_mean", ValueRef{builder.Constant("m", Noise({channels}))}},
                           {"running_var", ValueRef{builder.Constant("v", Positive({channels}))}}};
    arguments.insert(arguments.end(), others.begin(), others.end());
    return arguments;
  };
}

std::function<Arguments(ProgramBuilder&)> With(const std::string& name, Shape shape,
                                               Arguments others = {}) {
  return [=](ProgramBuilder& builder) {
    Arguments arguments = {{name, ValueRef{builder.Constant("w", Noise(shape))}}};
    arguments.insert(arguments.end(), others.begin(), others.end());
    return arguments;
  };
}

// Name, shape of a row, operator, arguments, shapes of the results' rows.
const OperatorCase kLayers[] = {
    {"conv1d",
     {2, 9},
     "aten.conv1d.default",
     Weights({4, 2, 3}, {4}, {{"stride", Ints{2}}, {"padding", Ints{1}}}),
     {{4, 5}},
     false,
     "input"},
    {"conv2d",
     {4, 9, 8},
     "aten.conv2d.default",
     Weights({6, 2, 3, 3}, {},
             {{"stride", Ints{2, 1}},
              {"padding", Ints{1, 2}},
              {"dilation", Ints{1, 2}},
              {"groups", int64_t{2}}}),
     {{6, 5, 8}},
     false,
     "input"},
    {"conv2d_of_one_number",
     {1, 5, 5},
     "aten.conv2d.default",
     Weights({2, 1, 3, 3}, {2}, {{"stride", Ints{1}}, {"padding", Ints{1}}}),
     {{2, 5, 5}},
     false,
     "input"},
    {"conv3d",
     {2, 4, 5, 6},
     "aten.conv3d.default",
     Weights({3, 2, 2, 2, 2}, {3}, {}),
     {{3, 3, 4, 5}},
     false,
     "input"},
    {"convolution",
     {2, 6, 6},
     "aten.convolution.default",
     Weights({2, 3, 3, 3}, {3},
             {{"stride", Ints{2, 2}},
              {"padding", Ints{1, 1}},
              {"dilation", Ints{1, 1}},
              {"transposed", true},
              {"output_padding", Ints{1, 1}},
              {"groups", int64_t{1}}}),
     {{3, 12, 12}},
     false,
     "input"},
    {"conv_transpose2d",
     {2, 4, 4},
     "aten.conv_transpose2d.input",
     Weights({2, 3, 2, 2}, {3}, {{"stride", Ints{2, 2}}}),
     {{3, 8, 8}},
     false,
     "input"},
    {"batch_norm",
     {3, 4, 5},
     "aten.batch_norm.default",
     Statistics(3,
                {{"training", false}, {"momentum", 0.1}, {"eps", 1e-3}, {"cudnn_enabled", true}}),
     {{3, 4, 5}},
     false,
     "input"},
    {"batch_norm_of_three_results",
     {3, 7},
     "aten._native_batch_norm_legit_no_training.default",
     Statistics(3, {{"momentum", 0.1}, {"eps", 1e-5}}),
     {{3, 7}, {}, {}},
     false,
     "input"},
    {"layer_norm",
     {5, 6},
     "aten.layer_norm.default",
     [](ProgramBuilder& b) {
       return Arguments{{"normalized_shape", Ints{6}},
                        {"weight", ValueRef{b.Constant("w", Noise({6}))}},
                        {"bias", ValueRef{b.Constant("b", Noise({6}))}},
                        {"eps", 1e-4},
                        {"cudnn_enable", false}};
     },
     {{5, 6}},
     false,
     "input"},
    {"group_norm",
     {6, 3, 4},
     "aten.group_norm.default",
     [](ProgramBuilder& b) {
       return Arguments{{"num_groups", int64_t{2}},
                        {"weight", ValueRef{b.Constant("w", Noise({6}))}},
                        {"bias", ValueRef{b.Constant("b", Noise({6}))}},
                        {"eps", 1e-5}};
     },
     {{6, 3, 4}},
     false,
     "input"},
    {"linear", {5, 4}, "aten.linear.default", Weights({3, 4}, {3}, {}), {{5, 3}}, false, "input"},
    {"matmul", {2, 3, 4}, "aten.matmul.default", With("other", {4, 5}), {{2, 3, 5}}},
    {"softmax", {3, 5}, "aten.softmax.int", Plain({{"dim", int64_t{1}}}), {{3, 5}}},
    {"softmax_over_the_last",
     {3, 5},
     "aten.softmax.int",
     Plain({{"dim", int64_t{-1}}, {"dtype", DType::kFloat32}}),
     {{3, 5}}},
    {"log_softmax", {6}, "aten.log_softmax.int", Plain({{"dim", int64_t{1}}}), {{6}}},
    {"prelu", {3, 4, 4}, "aten.prelu.default", With("weight", {3}), {{3, 4, 4}}},
    {"prelu_of_one_weight", {5}, "aten.prelu.default", With("weight", {1}), {{5}}},
    {"relu6", {9}, "aten.relu6.default", Nothing, {{9}}},
    {"softplus", {9}, "aten.softplus.default", Nothing, {{9}}},
    {"sub_scalar", {9}, "aten.sub.Scalar", Plain({{"other", 1.5}, {"alpha", int64_t{2}}}), {{9}}},
};

const OperatorCase kPooling[] = {
    {"max_pool1d",
     {2, 9},
     "aten.max_pool1d.default",
     Plain({{"kernel_size", Ints{3}}, {"stride", Ints{2}}, {"padding", Ints{1}}}),
     {{2, 5}}},
    {"max_pool2d",
     {2, 8, 8},
     "aten.max_pool2d.default",
     Plain({{"kernel_size", Ints{3, 3}},
            {"stride", Ints{2, 2}},
            {"padding", Ints{0, 0}},
            {"dilation", Ints{1, 1}},
            {"ceil_mode", true}}),
     {{2, 4, 4}}},
    {"max_pool2d_without_stride",
     {2, 8, 8},
     "aten.max_pool2d.default",
     Plain({{"kernel_size", Ints{2, 4}}}),
     {{2, 4, 2}}},
    {"max_pool3d",
     {1, 4, 4, 4},
     "aten.max_pool3d.default",
     Plain({{"kernel_size", Ints{2, 2, 2}}}),
     {{1, 2, 2, 2}}},
    {"avg_pool1d",
     {2, 8},
     "aten.avg_pool1d.default",
     Plain({{"kernel_size", Ints{3}}, {"stride", Ints{2}}, {"padding", Ints{1}}}),
     {{2, 4}}},
    {"avg_pool2d",
     {2, 7, 7},
     "aten.avg_pool2d.default",
     Plain({{"kernel_size", Ints{3, 3}},
            {"stride", Ints{2, 2}},
            {"padding", Ints{1, 1}},
            {"ceil_mode", false},
            {"count_include_pad", false}}),
     {{2, 4, 4}}},
    {"avg_pool3d",
     {1, 4, 4, 4},
     "aten.avg_pool3d.default",
     Plain({{"kernel_size", Ints{2, 2, 2}}}),
     {{1, 2, 2, 2}}},
    {"adaptive_avg_pool1d",
     {3, 10},
     "aten.adaptive_avg_pool1d.default",
     Plain({{"output_size", Ints{4}}}),
     {{3, 4}}},
    {"adaptive_avg_pool2d",
     {3, 7, 9},
     "aten.adaptive_avg_pool2d.default",
     Plain({{"output_size", Ints{2, 4}}}),
     {{3, 2, 4}}},
    {"adaptive_avg_pool3d",
     {1, 4, 5, 6},
     "aten.adaptive_avg_pool3d.default",
     Plain({{"output_size", Ints{1, 2, 3}}}),
     {{1, 1, 2, 3}}},
};

const OperatorCase kShapes[] = {
    {"view",
     {2, 6},
     "aten.view.default",
     Plain({{"size", std::vector<Dim>{kBatch, {.constant = 3}, {.constant = 4}}}}),
     {{3, 4}}},
    {"reshape",
     {2, 6},
     "aten.reshape.default",
     Plain({{"shape", std::vector<Dim>{kBatch, {.constant = 12}}}}),
     {{12}}},
    {"flatten", {2, 3, 4}, "aten.flatten.using_ints", Plain({{"start_dim", int64_t{1}}}), {{24}}},
    {"unflatten",
     {12},
     "aten.unflatten.int",
     Plain({{"dim", int64_t{1}}, {"sizes", Ints{3, 4}}}),
     {{3, 4}}},
    {"squeeze", {1, 5}, "aten.squeeze.dim", Plain({{"dim", int64_t{1}}}), {{5}}},
    {"unsqueeze", {5}, "aten.unsqueeze.default", Plain({{"dim", int64_t{-1}}}), {{5, 1}}},
    {"expand",
     {1, 4},
     "aten.expand.default",
     Plain({{"size", std::vector<Dim>{kBatch, {.constant = 3}, {.constant = 4}}}}),
     {{3, 4}}},
    {"chunk",
     {7},
     "aten.chunk.default",
     Plain({{"chunks", int64_t{3}}, {"dim", int64_t{1}}}),
     {{3}, {3}, {1}},
     true},
    {"split",
     {5, 2},
     "aten.split.Tensor",
     Plain({{"split_size", int64_t{2}}, {"dim", int64_t{-2}}}),
     {{2, 2}, {}, {1, 2}},
     true},
    {"split_with_sizes",
     {6},
     "aten.split_with_sizes.default",
     Plain({{"split_sizes", Ints{1, 5}}, {"dim", int64_t{1}}}),
     {{1}, {5}},
     true},
    {"dropout",
     {4},
     "aten.dropout.default",
     Plain({{"p", 0.5}, {"train", false}}),
     {{4}},
     false,
     "input"},
    {"clone",
     {4},
     "aten.clone.default",
     Plain({{"memory_format", MemoryFormat::kPreserve}}),
     {{4}}},
};

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

constexpr auto kName = [](const auto& test) { return test.param.name; };
INSTANTIATE_TEST_SUITE_P(Layers, OpenVinoOperatorsTest, ::testing::ValuesIn(kLayers), kName);
INSTANTIATE_TEST_SUITE_P(Pooling, OpenVinoOperatorsTest, ::testing::ValuesIn(kPooling), kName);
INSTANTIATE_TEST_SUITE_P(Shapes, OpenVinoOperatorsTest, ::testing::ValuesIn(kShapes), kName);
INSTANTIATE_TEST_SUITE_P(PassedOn, OpenVinoOperatorsTest, ::testing::ValuesIn(kPassedOn), kName);

}  // namespace
}  // namespace tideline
