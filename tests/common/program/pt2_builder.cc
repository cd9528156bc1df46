#include "tests/common/program/pt2_builder.h"

#include <span>
#include <utility>

namespace tideline {
namespace {

constexpr int kFloat = 7;    // ScalarType
constexpr int kStrided = 7;  // Layout

std::string SymbolText() { return "Symbol('s0', positive=True, integer=True)"; }

Json ToSize(const Json& size) {
  if (size.is_string()) {
    return {{"as_expr", {{"expr_str", size}, {"hint", {{"as_int", 2}}}}}};
  }
  return {{"as_int", size}};
}

Json Meta(const Json& sizes) {
  Json dims = Json::array();
  Json strides = Json::array();
  int64_t stride = 1;
  for (size_t i = sizes.size(); i-- > 0;) {
    dims.insert(dims.begin(), ToSize(sizes[i]));
    strides.insert(strides.begin(), Json{{"as_int", stride}});
    stride *= sizes[i].is_number() && sizes[i] > 0 ? sizes[i].get<int64_t>() : 1;
  }
  return {{"dtype", kFloat},        {"sizes", dims},
          {"requires_grad", false}, {"device", {{"type", "cpu"}, {"index", nullptr}}},
          {"strides", strides},     {"storage_offset", {{"as_int", 0}}},
          {"layout", kStrided}};
}

std::string Stack(const std::string& module) {
  return module.empty() ? "L__self__,,net.Net"
                        : "L__self__,,net.Net;L__self__" + module + "," + module + ",net.Layer";
}

}  // namespace

Json TensorArg(const std::string& name) { return {{"as_tensor", {{"name", name}}}}; }

Json TensorsArg(const std::vector<std::string>& names) {
  Json list = Json::array();
  for (const std::string& name : names) {
    list.push_back({{"name", name}});
  }
  return {{"as_tensors", list}};
}

Json IntArg(int64_t number) { return {{"as_int", number}}; }
Json IntsArg(const std::vector<int64_t>& numbers) { return {{"as_ints", numbers}}; }
Json FloatArg(double number) { return {{"as_float", number}}; }
Json BoolArg(bool value) { return {{"as_bool", value}}; }
Json NoneArg() { return {{"as_none", true}}; }
Json StringArg(const std::string& text) { return {{"as_string", text}}; }

Json Pt2Builder::Batch() { return SymbolText(); }

Json Pt2Builder::TimesBatch(int64_t factor) {
  return "Mul(Integer(" + std::to_string(factor) + "), " + SymbolText() + ")";
}

Pt2Builder::Pt2Builder() {
  Json graph = {{"inputs", Json::array()},
                {"outputs", Json::array()},
                {"nodes", Json::array()},
                {"tensor_values", Json::object()},
                {"sym_int_values", Json::object()}};
  Json signature = {{"input_specs", Json::array()}, {"output_specs", Json::array()}};
  model_ = {{"graph_module", {{"graph", graph}, {"signature", signature}}},
            {"opset_version", {{"aten", 10}}},
            {"range_constraints", Json::object()},
            {"schema_version", {{"major", 8}, {"minor", 20}}}};
  weights_ = {{"config", Json::object()}};
}

void Pt2Builder::AddMeta(const std::string& name, const Json& sizes) {
  graph()["tensor_values"][name] = Meta(sizes);
}

Pt2Builder& Pt2Builder::Input(const std::string& name, const Json& sizes) {
  AddMeta(name, sizes);
  graph()["inputs"].push_back(TensorArg(name));
  model_["graph_module"]["signature"]["input_specs"].push_back(
      {{"user_input", {{"arg", TensorArg(name)}}}});
  return *this;
}

Pt2Builder& Pt2Builder::Constant(const std::string& role, const std::string& name,
                                 const std::vector<int64_t>& shape, double first, double step) {
  AddMeta(name, shape);
  graph()["inputs"].push_back(TensorArg(name));
  model_["graph_module"]["signature"]["input_specs"].push_back(
      {{role, {{"arg", {{"name", name}}}, {role + "_name", "net." + name}}}});
  int64_t numel = 1;
  for (const int64_t size : shape) {
    numel *= size;
  }
  std::vector<float> numbers;
  for (int64_t i = 0; i < numel; ++i) {
    numbers.push_back(static_cast<float>(first + step * static_cast<double>(i)));
  }
  const std::string path = "weight_" + std::to_string(weights_["config"].size());
  weights_["config"]["net." + name] = {{"path_name", path},
                                       {"is_param", role == "parameter"},
                                       {"use_pickle", false},
                                       {"tensor_meta", Meta(shape)}};
  entries_["data/weights/" + path] =
      std::string(reinterpret_cast<const char*>(numbers.data()), numbers.size() * sizeof(float));
  return *this;
}

Pt2Builder& Pt2Builder::Parameter(const std::string& name, const std::vector<int64_t>& shape,
                                  double first, double step) {
  return Constant("parameter", name, shape, first, step);
}

Pt2Builder& Pt2Builder::Buffer(const std::string& name, const std::vector<int64_t>& shape,
                               double first, double step) {
  return Constant("buffer", name, shape, first, step);
}

Pt2Builder& Pt2Builder::Node(const std::string& name, const std::string& target,
                             const Inputs& inputs, const Json& sizes, const std::string& module) {
  return Node(std::vector<std::string>{name}, target, inputs, Json::array({sizes}), module);
}

Pt2Builder& Pt2Builder::Node(const std::vector<std::string>& outputs, const std::string& target,
                             const Inputs& inputs, const Json& sizes, const std::string& module) {
  Json arguments = Json::array();
  for (const auto& [name, argument] : inputs) {
    arguments.push_back({{"name", name}, {"arg", argument}, {"kind", 1}});
  }
  Json results = Json::array();
  for (size_t i = 0; i < outputs.size(); ++i) {
    results.push_back(TensorArg(outputs[i]));
    if (i < sizes.size()) {
      AddMeta(outputs[i], sizes[i]);
    }
  }
  graph()["nodes"].push_back({{"target", "torch.ops." + target},
                              {"inputs", arguments},
                              {"outputs", results},
                              {"metadata", {{"nn_module_stack", Stack(module)}}},
                              {"name", outputs[0]}});
  return *this;
}

Pt2Builder& Pt2Builder::Size(const std::string& name, const Json& expression) {
  graph()["sym_int_values"][name] = ToSize(expression);
  graph()["nodes"].push_back({{"target", "torch.ops.aten.sym_size.int"},
                              {"inputs", Json::array()},
                              {"outputs", {{{"as_sym_int", {{"as_name", name}}}}}},
                              {"metadata", Json::object()},
                              {"name", name}});
  return *this;
}

Pt2Builder& Pt2Builder::Result(const std::string& name) {
  graph()["outputs"].push_back(TensorArg(name));
  model_["graph_module"]["signature"]["output_specs"].push_back(
      {{"user_output", {{"arg", TensorArg(name)}}}});
  return *this;
}

Json& Pt2Builder::node(const std::string& name) {
  for (Json& node : graph()["nodes"]) {
    if (node["name"] == name) {
      return node;
    }
  }
  return graph()["nodes"].emplace_back(Json::object());
}

std::string Pt2Builder::Build(const std::string& root) const {
  ZipBuilder zip;
  for (const auto& [path, bytes] : entries_) {
    zip.Add(root + path, bytes);
  }
  if (!entries_.contains("data/weights/model_weights_config.json")) {
    zip.Add(root + "data/weights/model_weights_config.json", weights_.dump());
  }
  if (!entries_.contains("models/model.json")) {
    zip.Add(root + "models/model.json", model_.dump());
  }
  return zip.Build();
}

absl::StatusOr<std::shared_ptr<const Program>> Pt2Builder::Load(const ProgramLimits& limits) const {
  return LoadBytes(Build(), limits);
}

absl::StatusOr<std::shared_ptr<const Program>> LoadBytes(const std::string& file,
                                                         const ProgramLimits& limits) {
  const auto owner = std::make_shared<const std::string>(file);
  return LoadProgram(std::as_bytes(std::span(*owner)), owner, limits);
}

Pt2Builder SmallNetwork() {
  const Json batch = Pt2Builder::Batch();
  Pt2Builder net;
  net.Parameter("p_conv_weight", {4, 3, 3, 3}, -0.5, 0.01)
      .Parameter("p_conv_bias", {4}, 0.5, 0.25)
      .Parameter("p_norm_weight", {4}, 1, 0.5)
      .Parameter("p_norm_bias", {4}, -1, 0.5)
      .Parameter("p_head_weight", {5, 256}, 0, 0.001)
      .Parameter("p_head_bias", {5})
      .Buffer("b_norm_running_mean", {4}, 0.1, 0.1)
      .Buffer("b_norm_running_var", {4}, 1, 1)
      .Input("x", {batch, 3, 8, 8})
      .Size("sym_size_int", batch)
      .Node("conv2d", "aten.conv2d.default",
            {{"input", TensorArg("x")},
             {"weight", TensorArg("p_conv_weight")},
             {"bias", TensorArg("p_conv_bias")},
             {"stride", IntsArg({1, 1})},
             {"padding", IntsArg({1, 1})}},
            {batch, 4, 8, 8}, "conv")
      .Node({"getitem", "norm_unused_1", "norm_unused_2"},
            "aten._native_batch_norm_legit_no_training.default",
            {{"input", TensorArg("conv2d")},
             {"weight", TensorArg("p_norm_weight")},
             {"bias", TensorArg("p_norm_bias")},
             {"running_mean", TensorArg("b_norm_running_mean")},
             {"running_var", TensorArg("b_norm_running_var")},
             {"momentum", FloatArg(0.1)},
             {"eps", FloatArg(1e-5)}},
            Json::array({{batch, 4, 8, 8}}), "norm")
      .Node("relu", "aten.relu.default", {{"self", TensorArg("getitem")}}, {batch, 4, 8, 8}, "act")
      .Node("view", "aten.view.default",
            {{"self", TensorArg("relu")},
             {"size", {{"as_sym_ints", {{{"as_name", "sym_size_int"}}, {{"as_int", 256}}}}}}},
            {batch, 256})
      .Node("linear", "aten.linear.default",
            {{"input", TensorArg("view")},
             {"weight", TensorArg("p_head_weight")},
             {"bias", TensorArg("p_head_bias")}},
            {batch, 5}, "head")
      .Result("linear");
  return net;
}

}  // namespace tideline
