#include "common/program/graph_reader.h"

#include <algorithm>
#include <cctype>
#include <iterator>
#include <set>
#include <string_view>
#include <utility>
#include <vector>

#include "common/program/expression.h"
#include "common/program/graph.h"
#include "common/program/module_path.h"
#include "common/program/tensor_meta.h"

namespace tideline {
namespace {

constexpr size_t kMaxNameBytes = 1024;
constexpr std::string_view kPrefix = "torch.ops.";
constexpr std::string_view kHigherOrder = "torch.ops.higher_order.";

// Operators without a result: they check what the export has already proved.
constexpr std::string_view kAssertions[] = {
    "aten._assert_async.msg",           "aten._assert_async.default",
    "aten._assert_scalar.default",      "aten._assert_tensor_metadata.default",
    "aten.sym_constrain_range.default", "aten.sym_constrain_range_for_size.default",
};

bool IsAssertion(std::string_view target) {
  return std::ranges::find(kAssertions, target) != std::end(kAssertions);
}

// Names are printed, joined and hashed: identifiers, as torch.fx makes them.
absl::Status CheckName(std::string_view name) {
  const auto allowed = [](unsigned char c) { return std::isalnum(c) != 0 || c == '_'; };
  if (name.empty() || name.size() > kMaxNameBytes || !std::ranges::all_of(name, allowed)) {
    return DataLoss("a value's name must be 1 to {} letters, digits and underscores",
                    kMaxNameBytes);
  }
  return absl::OkStatus();
}

// Whether a node makes nothing but sizes and other symbolic numbers, which need no node.
bool MakesOnlyNumbers(const Json& outputs) {
  return !outputs.empty() && std::ranges::all_of(outputs, [](const Json& output) {
    return output.is_object() && output.size() == 1 && output.begin().key().starts_with("as_sym_");
  });
}

}  // namespace

GraphReader::GraphReader(const Json& graph, const ProgramLimits& limits)
    : graph_(graph), limits_(limits) {
  scope_.value = [this](const std::string& name) { return Find(name); };
  scope_.size = [this](const std::string& name) { return Size(name); };
}

absl::StatusOr<ValueId> GraphReader::Find(const std::string& name) const {
  const auto found = ids_.find(name);
  if (found == ids_.end()) {
    return DataLoss(
        "reads '{}', which nothing before it makes (the graph has a cycle, a wrong "
        "order or a missing value)",
        name);
  }
  return found->second;
}

absl::StatusOr<Dim> GraphReader::Size(const std::string& name) const {
  const Json* sizes = Member(graph_, "sym_int_values");
  const Json* size = sizes == nullptr ? nullptr : Member(*sizes, name.c_str());
  if (size == nullptr) {
    return DataLoss("size '{}' is not among sym_int_values", name);
  }
  return ReadSize(*size, batch_symbol_);
}

absl::StatusOr<const Json*> GraphReader::Meta(const std::string& name) const {
  ASSIGN_OR_RETURN(const Json* metas, ObjectAt(graph_, "tensor_values"));
  return ObjectAt(*metas, name.c_str());
}

// The first of the user's inputs whose leading size is a symbol names the batch.
absl::Status GraphReader::FindBatchSymbol(const Signature& signature) {
  for (const Signature::Input& input : signature.inputs) {
    if (input.role != Signature::Role::kUser || !batch_symbol_.empty()) {
      continue;
    }
    ASSIGN_OR_RETURN(const Json* meta, Meta(input.value));
    ASSIGN_OR_RETURN(const Json* sizes, ArrayAt(*meta, "sizes"));
    const Json* expression = sizes->empty() ? nullptr : Member((*sizes)[0], "as_expr");
    if (expression != nullptr) {
      ASSIGN_OR_RETURN(const std::string text, StringAt(*expression, "expr_str"));
      batch_symbol_ = PlainSymbol(text);
    }
  }
  return absl::OkStatus();
}

absl::StatusOr<ValueId> GraphReader::AddValue(const std::string& name, ValueKind kind) {
  RETURN_IF_ERROR(CheckName(name));
  if (program_.values.size() >= limits_.values) {
    return DataLoss("the graph has more than {} values", limits_.values);
  }
  const absl::StatusOr<const Json*> json = Meta(name);
  RETURN_IF_ERROR(Annotate(json.status(), "tensor_values"));
  absl::StatusOr<TensorMeta> meta = ReadTensorMeta(**json, batch_symbol_, limits_);
  RETURN_IF_ERROR(Annotate(meta.status(), "value '" + name + "'"));
  const auto id = static_cast<ValueId>(program_.values.size());
  if (!ids_.emplace(name, id).second) {
    return DataLoss("value '{}' is made twice", name);
  }
  Value& value = program_.values.emplace_back();
  value.name = name;
  value.kind = kind;
  value.dtype = meta->dtype;
  value.dims = std::move(meta->sizes);
  return id;
}

absl::Status GraphReader::AddConstant(const Signature::Input& input, const Weights& weights,
                                      const std::shared_ptr<const void>& owner) {
  ASSIGN_OR_RETURN(const ValueId id, AddValue(input.value, ValueKind::kConstant));
  Value& value = program_.values[id];
  ASSIGN_OR_RETURN(value.constant, weights.Read(input.target, owner));
  if (value.constant.dtype() != value.dtype || value.constant.shape() != value.ShapeAt(0)) {
    return DataLoss("the archive has {} {}, the graph {} {}", Name(value.constant.dtype()),
                    ToString(value.constant.shape()), Name(value.dtype),
                    ToString(value.ShapeAt(0)));
  }
  return absl::OkStatus();
}

absl::Status GraphReader::ReadInputs(const Signature& signature, const Weights& weights,
                                     const std::shared_ptr<const void>& owner) {
  RETURN_IF_ERROR(FindBatchSymbol(signature));
  program_.dynamic_batch = !batch_symbol_.empty();
  std::set<std::string> counted;
  for (const Signature::Input& input : signature.inputs) {
    if (input.role == Signature::Role::kUser) {
      const absl::StatusOr<ValueId> id = AddValue(input.value, ValueKind::kInput);
      RETURN_IF_ERROR(Annotate(id.status(), "input '" + input.value + "'"));
      program_.inputs.push_back(*id);
      continue;
    }
    RETURN_IF_ERROR(Annotate(AddConstant(input, weights, owner), "weight '" + input.target + "'"));
    if (input.role == Signature::Role::kParameter &&
        counted.insert(weights.Location(input.target)).second) {
      program_.parameters += program_.values.back().constant.numel();
    }
  }
  if (program_.inputs.empty()) {
    return InvalidArgument("the network has no input");
  }
  const std::vector<Dim>& leading = program_.values[program_.inputs[0]].dims;
  if (!program_.dynamic_batch && !leading.empty()) {
    program_.static_batch = leading[0].constant;
  }
  return absl::OkStatus();
}

absl::Status GraphReader::ReadNodes() {
  ASSIGN_OR_RETURN(const Json* nodes, ArrayAt(graph_, "nodes"));
  if (nodes->size() > limits_.nodes) {
    return DataLoss("the graph has {} nodes, at most {} are accepted", nodes->size(),
                    limits_.nodes);
  }
  for (size_t i = 0; i < nodes->size(); ++i) {
    const Json& node = (*nodes)[i];
    const Json* name = Member(node, "name");
    const bool named = name != nullptr && name->is_string();
    RETURN_IF_ERROR(Annotate(
        AddNode(node), "node '" + (named ? name->get<std::string>() : std::to_string(i)) + "'"));
  }
  return absl::OkStatus();
}

absl::Status GraphReader::AddNode(const Json& json) {
  ASSIGN_OR_RETURN(const std::string target, StringAt(json, "target"));
  ASSIGN_OR_RETURN(const Json* inputs, ArrayAt(json, "inputs"));
  ASSIGN_OR_RETURN(const Json* outputs, ArrayAt(json, "outputs"));
  if (target.starts_with(kHigherOrder)) {
    return Unimplemented("calls the higher-order operator '{}'; replace control flow on tensors",
                         target.substr(kHigherOrder.size()));
  }
  if (MakesOnlyNumbers(*outputs)) {
    return absl::OkStatus();
  }
  if (!target.starts_with(kPrefix)) {
    return Unimplemented("calls '{}', which is no operator", target);
  }
  Node node;
  node.target = target.substr(kPrefix.size());
  if (IsAssertion(node.target)) {
    return absl::OkStatus();
  }
  for (const Json& input : *inputs) {
    Argument argument;
    ASSIGN_OR_RETURN(argument.name, StringAt(input, "name"));
    ASSIGN_OR_RETURN(const Json* value, ObjectAt(input, "arg"));
    absl::StatusOr<ArgumentValue> read = ReadArgument(*value, scope_);
    RETURN_IF_ERROR(Annotate(read.status(), "argument '" + argument.name + "'"));
    argument.value = *std::move(read);
    node.arguments.push_back(std::move(argument));
  }
  if (const Json* metadata = Member(json, "metadata")) {
    const Json* stack = Member(*metadata, "nn_module_stack");
    if (stack != nullptr && stack->is_string()) {
      node.module_path = ModulePath(stack->get_ref<const std::string&>());
    }
  }
  RETURN_IF_ERROR(AddOutputs(*outputs, node));
  program_.nodes.push_back(std::move(node));
  return absl::OkStatus();
}

absl::Status GraphReader::AddOutputs(const Json& outputs, Node& node) {
  for (const Json& output : outputs) {
    ASSIGN_OR_RETURN(const auto tagged, ToUnion(output));
    if (tagged.first == "as_tensor") {
      ASSIGN_OR_RETURN(const std::string name, StringAt(*tagged.second, "name"));
      RETURN_IF_ERROR(AddOutput(name, node));
    } else if (tagged.first == "as_tensors" && tagged.second->is_array() && outputs.size() == 1) {
      node.returns_list = true;
      for (const Json& each : *tagged.second) {
        ASSIGN_OR_RETURN(const std::string name, StringAt(each, "name"));
        RETURN_IF_ERROR(AddOutput(name, node));
      }
    } else if (tagged.first == "as_none") {
      node.outputs.push_back(kNone);
    } else {
      return Unimplemented("a result of the kind '{}' of '{}' does not run", tagged.first,
                           node.target);
    }
  }
  if (node.outputs.empty()) {
    return Unimplemented("operator '{}' has no result", node.target);
  }
  return absl::OkStatus();
}

// Outputs that nobody reads have a name and no metadata.
absl::Status GraphReader::AddOutput(const std::string& name, Node& node) {
  if (!Meta(name).ok()) {
    node.outputs.push_back(kNone);
    return absl::OkStatus();
  }
  ASSIGN_OR_RETURN(const ValueId id, AddValue(name, ValueKind::kActivation));
  node.outputs.push_back(id);
  return absl::OkStatus();
}

absl::Status GraphReader::ReadResults(const Signature& signature) {
  for (const std::string& name : signature.results) {
    const absl::StatusOr<ValueId> id = Find(name);
    RETURN_IF_ERROR(Annotate(id.status(), "the network's results"));
    program_.outputs.push_back(*id);
  }
  Relink(program_);
  return absl::OkStatus();
}

}  // namespace tideline
