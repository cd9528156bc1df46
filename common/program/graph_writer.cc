#include "common/program/graph_writer.h"

#include <algorithm>
#include <cctype>
#include <cmath>
#include <iterator>
#include <unordered_set>
#include <utility>

#include "common/program/meta_writer.h"
#include "common/program/size_writer.h"

namespace tideline {
namespace {

// How torch passes an argument: some schemas take all but the first by name alone.
constexpr int kPositional = 1;
constexpr int kKeyword = 2;

Json FloatJson(double number) {
  if (std::isnan(number)) {
    return "NaN";
  }
  return std::isinf(number) ? Json(number > 0 ? "Infinity" : "-Infinity") : Json(number);
}

Json Named(const std::string& name) { return {{"name", name}}; }

// The name of an input that has the batch first; "" where there is none.
std::string BatchInput(const Program& program, const std::vector<std::string>& names) {
  for (const ValueId id : program.inputs) {
    const std::vector<Dim>& dims = program.values[id].dims;
    if (!dims.empty() && dims[0] == Dim{0, 1}) {
      return names[id];
    }
  }
  return "";
}

// Writes nodes and collects the sizes that their arguments name.
class GraphWriter {
 public:
  GraphWriter(const Program& program, const std::vector<std::string>& names)
      : names_(names),
        taken_(names.begin(), names.end()),
        sizes_(BatchInput(program, names), taken_) {}

  Json Node(const tideline::Node& node) {
    Json inputs = Json::array();
    for (const Argument& argument : node.arguments) {
      Json value = std::visit([this](const auto& each) { return Write(each); }, argument.value);
      const int kind = inputs.empty() ? kPositional : kKeyword;
      inputs.push_back({{"name", argument.name}, {"arg", std::move(value)}, {"kind", kind}});
    }
    Json metadata = Json::object();
    if (!node.module_path.empty()) {
      // key, path, type
      metadata["nn_module_stack"] =
          fmt::format("L__self__{0},{0},torch.nn.modules.module.Module", node.module_path);
    }
    // In torch a node with several results is a value of its own, with a name of its own.
    const bool alone = node.outputs.size() == 1 && node.outputs[0] != kNone && !node.returns_list;
    return {{"target", "torch.ops." + node.target},
            {"inputs", std::move(inputs)},
            {"outputs", Outputs(node)},
            {"metadata", std::move(metadata)},
            {"name", alone ? names_[node.outputs[0]] : FreshName()},
            {"is_hop_single_tensor_return", nullptr}};
  }

  // What the nodes so far have named.
  const SizeWriter& sizes() const { return sizes_; }

 private:
  Json Write(None) { return {{"as_none", true}}; }
  Json Write(ValueRef ref) {
    return ref.id == kNone ? Write(None{}) : Json{{"as_tensor", Named(names_[ref.id])}};
  }
  Json Write(const std::vector<ValueRef>& refs) {
    const bool optional =
        std::ranges::any_of(refs, [](const ValueRef& ref) { return ref.id == kNone; });
    Json list = Json::array();
    for (const ValueRef& ref : refs) {
      list.push_back(optional ? Write(ref) : Named(names_[ref.id]));
    }
    return {{optional ? "as_optional_tensors" : "as_tensors", std::move(list)}};
  }
  Json Write(int64_t number) { return {{"as_int", number}}; }
  Json Write(double number) { return {{"as_float", FloatJson(number)}}; }
  Json Write(bool value) { return {{"as_bool", value}}; }
  Json Write(const std::string& text) { return {{"as_string", text}}; }
  Json Write(DType dtype) { return {{"as_scalar_type", DTypeJson(dtype)}}; }
  Json Write(MemoryFormat format) { return {{"as_memory_format", MemoryFormatJson(format)}}; }
  Json Write(Layout) { return {{"as_layout", LayoutJson()}}; }
  Json Write(const Device& device) {
    return {{"as_device", {{"type", device.type}, {"index", nullptr}}}};
  }
  Json Write(const std::vector<int64_t>& numbers) { return {{"as_ints", numbers}}; }
  Json Write(const std::vector<double>& numbers) {
    Json list = Json::array();
    std::ranges::transform(numbers, std::back_inserter(list), FloatJson);
    return {{"as_floats", std::move(list)}};
  }
  Json Write(const std::vector<bool>& values) { return {{"as_bools", values}}; }
  Json Write(const Dim& dim) { return {{"as_sym_int", Size(dim)}}; }
  Json Write(const std::vector<Dim>& dims) {
    Json list = Json::array();
    std::ranges::transform(dims, std::back_inserter(list),
                           [this](const Dim& dim) { return Size(dim); });
    return {{"as_sym_ints", std::move(list)}};
  }

  Json Size(const Dim& dim) {
    if (dim.per_batch == 0) {
      return {{"as_int", dim.constant}};
    }
    return {{"as_name", sizes_.Name(dim)}};
  }

  Json Outputs(const tideline::Node& node) {
    Json list = Json::array();
    for (const ValueId id : node.outputs) {
      list.push_back(node.returns_list ? Named(id == kNone ? FreshName() : names_[id])
                                       : Write(ValueRef{id}));
    }
    return node.returns_list ? Json::array({{{"as_tensors", std::move(list)}}}) : list;
  }

  // A name that no value has.
  std::string FreshName() {
    std::string name;
    do {
      name = fmt::format("unnamed_{}", fresh_++);
    } while (taken_.contains(name));
    return name;
  }

  const std::vector<std::string>& names_;
  const std::unordered_set<std::string> taken_;
  SizeWriter sizes_;
  int fresh_ = 0;
};

Json GraphJson(const Program& program, const std::vector<std::string>& names) {
  Json graph = {{"inputs", Json::array()},
                {"outputs", Json::array()},
                {"nodes", Json::array()},
                {"tensor_values", Json::object()},
                {"sym_bool_values", Json::object()},
                {"sym_float_values", Json::object()},
                {"custom_obj_values", Json::object()},
                {"is_single_tensor_return", false}};
  for (size_t i = 0; i < program.values.size(); ++i) {
    const Value& value = program.values[i];
    graph["tensor_values"][names[i]] = TensorMetaJson(value.dtype, value.dims);
    if (value.kind == ValueKind::kConstant) {
      graph["inputs"].push_back({{"as_tensor", Named(names[i])}});
    }
  }
  for (const ValueId id : program.inputs) {
    graph["inputs"].push_back({{"as_tensor", Named(names[id])}});
  }
  for (const ValueId id : program.outputs) {
    graph["outputs"].push_back({{"as_tensor", Named(names[id])}});
  }
  GraphWriter writer(program, names);
  Json nodes = Json::array();
  for (const Node& node : program.nodes) {
    nodes.push_back(writer.Node(node));
  }
  graph["sym_int_values"] = writer.sizes().values();
  for (const Json& size : writer.sizes().nodes()) {
    graph["nodes"].push_back(size);
  }
  for (Json& node : nodes) {
    graph["nodes"].push_back(std::move(node));
  }
  return graph;
}

Json SignatureJson(const Program& program, const std::vector<std::string>& names) {
  Json inputs = Json::array();
  for (size_t i = 0; i < program.values.size(); ++i) {
    if (program.values[i].kind == ValueKind::kConstant) {
      inputs.push_back({{"parameter", {{"arg", Named(names[i])}, {"parameter_name", names[i]}}}});
    }
  }
  for (const ValueId id : program.inputs) {
    inputs.push_back({{"user_input", {{"arg", {{"as_tensor", Named(names[id])}}}}}});
  }
  Json outputs = Json::array();
  for (const ValueId id : program.outputs) {
    outputs.push_back({{"user_output", {{"arg", {{"as_tensor", Named(names[id])}}}}}});
  }
  return {{"input_specs", std::move(inputs)}, {"output_specs", std::move(outputs)}};
}

// How Python calls the network: torch's "pytree" of so many tensors.
std::string TreeOf(size_t leaves) {
  constexpr std::string_view kLeaf = R"({"type": null, "context": null, "children_spec": []})";
  const std::vector<std::string_view> children(leaves, kLeaf);
  return fmt::format(R"({{"type": "builtins.tuple", "context": "null", "children_spec": [{}]}})",
                     fmt::join(children, ", "));
}

Json CallJson(const Program& program, const std::vector<std::string>& names) {
  Json arguments = Json::array();
  for (const ValueId id : program.inputs) {
    arguments.push_back(names[id]);
  }
  const std::string in =
      fmt::format(R"([1, {{"type": "builtins.tuple", "context": "null", "children_spec": [{}, )"
                  R"({{"type": "builtins.dict", "context": "[]", "children_spec": []}}]}}])",
                  TreeOf(program.inputs.size()));
  const std::string out = fmt::format("[1, {}]", TreeOf(program.outputs.size()));
  return Json::array({{{"fqn", ""},
                       {"signature",
                        {{"inputs", Json::array()},
                         {"outputs", Json::array()},
                         {"in_spec", in},
                         {"out_spec", out},
                         {"forward_arg_names", std::move(arguments)}}}}});
}

}  // namespace

std::vector<std::string> FileNames(const Program& program) {
  std::vector<std::string> names;
  std::unordered_set<std::string> taken;
  for (const Value& value : program.values) {
    std::string base = value.name;
    std::ranges::replace_if(
        base, [](unsigned char c) { return std::isalnum(c) == 0 && c != '_'; }, '_');
    std::string name = base;
    for (int number = 1; !taken.insert(name).second; ++number) {
      name = fmt::format("{}_{}", base, number);
    }
    names.push_back(std::move(name));
  }
  return names;
}

Json ModelJson(const Program& program, const std::vector<std::string>& names) {
  Json ranges = Json::object();
  if (program.dynamic_batch) {
    ranges["s0"] = {{"min_val", 1}, {"max_val", nullptr}};
  }
  return {{"graph_module",
           {{"graph", GraphJson(program, names)},
            {"signature", SignatureJson(program, names)},
            {"module_call_graph", CallJson(program, names)},
            {"metadata", Json::object()},
            {"treespec_namedtuple_fields", Json::object()}}},
          {"opset_version", {{"aten", 10}}},
          {"range_constraints", std::move(ranges)},
          {"schema_version", {{"major", 8}, {"minor", 20}}},
          {"verifiers", Json::array({"ATEN"})},
          {"torch_version", "2.13.0"},
          {"guards_code", Json::array()}};
}

}  // namespace tideline
