#include "common/engine/openvino/decoder.h"

#include <algorithm>
#include <functional>
#include <set>
#include <string>
#include <utility>

#include <openvino/frontend/pytorch/decoder.hpp>

#include "common/engine/openvino/constants.h"
#include "common/engine/openvino/lowering.h"

namespace tideline::openvino {
namespace {

using ov::frontend::pytorch::TorchDecoder;
using Visitor = std::function<void(std::shared_ptr<TorchDecoder>)>;

constexpr char kOrigin[] = "tideline_node";

// The front end's number of a tensor; it takes 0 for a literal, so does this for no tensor at all.
size_t IdOf(ValueId value) { return static_cast<size_t>(value + 1); }
ValueRef RefTo(size_t id) { return {static_cast<ValueId>(id) - 1}; }

// The answers that are the same for everything in an exported graph.
class FxDecoder : public TorchDecoder {
 public:
  FxDecoder(std::string op, std::vector<size_t> inputs, std::vector<size_t> outputs)
      : op_(std::move(op)), inputs_(std::move(inputs)), outputs_(std::move(outputs)) {
    // Other names than its own numbers confuse the front end where two results are one tensor.
    for (const size_t output : outputs_) {
      output_names_.push_back(std::to_string(output));
    }
  }

  const std::string& get_op_type() const override { return op_; }
  const std::vector<size_t>& inputs() const override { return inputs_; }
  const std::vector<size_t>& outputs() const override { return outputs_; }
  size_t output(size_t index) const override { return outputs_.at(index); }
  size_t num_of_outputs() const override { return outputs_.size(); }
  const std::string& get_output_debug_name(size_t index) const override {
    return output_names_.at(index);
  }
  const std::string& decoder_type_name() const override { return type_name_; }

  size_t output_list_size() const override { return 0; }
  const std::string& get_input_debug_name(size_t) const override { return nothing_; }
  const std::string& get_input_signature_name(size_t) const override { return nothing_; }
  const std::vector<size_t>& get_input_strides(size_t) const override { return no_strides_; }
  ov::PartialShape get_input_shape(size_t) const override { return ov::PartialShape::dynamic(); }
  ov::PartialShape get_output_shape(size_t) const override { return ov::PartialShape::dynamic(); }
  ov::Any get_input_type(size_t) const override { return ov::element::dynamic; }
  ov::Any get_output_type(size_t) const override { return ov::element::dynamic; }
  bool input_is_none(size_t) const override { return false; }
  bool is_input_inlined(size_t) const override { return false; }
  std::shared_ptr<TorchDecoder> get_inlined_input_decoder(size_t) const override { return {}; }
  ov::Any const_input(size_t) const override { return {}; }
  ov::OutputVector try_decode_get_attr() const override { return {}; }
  ov::OutputVector as_constant() const override { return {}; }
  const std::string& as_string() const override { return nothing_; }
  const std::string& get_schema() const override { return nothing_; }
  std::shared_ptr<ov::Node> mark_node(std::shared_ptr<ov::Node> node) const override {
    return node;
  }
  size_t get_subgraph_size() const override { return 0; }
  void visit_subgraph(Visitor) const override {}
  std::shared_ptr<TorchDecoder> get_subgraph_decoder(size_t) const override { return {}; }
  bool may_produce_alias(size_t, size_t) const override { return false; }
  ov::Any get_attribute(const std::string&) const override { return {}; }
  size_t get_named_input(const std::string&) const override { return 0; }
  ov::frontend::pytorch::DecoderRTInfo get_rt_info() const override { return {}; }
  bool has_converter() const override { return false; }
  ov::OutputVector convert(const ov::frontend::NodeContext*) const override { return {}; }

 private:
  const std::string op_;
  const std::vector<size_t> inputs_;
  const std::vector<size_t> outputs_;
  std::vector<std::string> output_names_;
  const std::string type_name_ = "fx";
  const std::string nothing_;
  const std::vector<size_t> no_strides_;
};

// A weight (`id` is its number), or a literal among a call's inputs (0).
class ConstantDecoder : public FxDecoder {
 public:
  ConstantDecoder(std::shared_ptr<ov::op::v0::Constant> constant, size_t id)
      : FxDecoder(id == 0 ? "inlined.constant.default" : "get_attr", {}, {id}),
        constant_(std::move(constant)) {}

  ov::OutputVector as_constant() const override {
    return constant_ == nullptr ? ov::OutputVector{} : constant_->outputs();
  }

 private:
  const std::shared_ptr<ov::op::v0::Constant> constant_;
};

// One call whose tensors are all numbered, or a list of tensors that is one of its inputs.
class CallDecoder : public FxDecoder {
 public:
  CallDecoder(FrontEndCall call, size_t output, NodeId node)
      : FxDecoder(call.op, TensorIds(call.inputs), {output}), call_(std::move(call)), node_(node) {}

  bool is_input_inlined(size_t index) const override { return inputs().at(index) == 0; }

  bool input_is_none(size_t index) const override {
    if (index >= call_.inputs.size()) {
      return true;
    }
    const auto* ref = std::get_if<ValueRef>(&call_.inputs[index]);
    return std::holds_alternative<None>(call_.inputs[index]) ||
           (ref != nullptr && ref->id == kNone);
  }

  std::shared_ptr<TorchDecoder> get_inlined_input_decoder(size_t index) const override {
    const ArgumentValue& value = call_.inputs.at(index);
    const auto* list = std::get_if<std::vector<ValueRef>>(&value);
    if (list == nullptr) {
      return std::make_shared<ConstantDecoder>(LiteralConstant(value), /*id=*/0);
    }
    return std::make_shared<CallDecoder>(
        FrontEndCall{.op = "inlined.list.default", .inputs = {list->begin(), list->end()}},
        /*output=*/0, node_);
  }

  ov::Any get_attribute(const std::string& name) const override {
    const auto found = std::ranges::find(call_.attributes, name, &Argument::name);
    if (found == call_.attributes.end()) {
      return {};
    }
    if (const auto* dtype = std::get_if<DType>(&found->value)) {
      return ToElementType(*dtype);
    }
    if (const auto* text = std::get_if<std::string>(&found->value)) {
      return *text;
    }
    if (const auto constant = LiteralConstant(found->value)) {
      return constant->output(0);
    }
    return ov::frontend::type::PyNone();  // it is there and means nothing: a device, a layout
  }

  size_t get_named_input(const std::string& name) const override {
    const auto found = std::ranges::find(call_.attributes, name, &Argument::name);
    const auto* ref =
        found == call_.attributes.end() ? nullptr : std::get_if<ValueRef>(&found->value);
    if (ref == nullptr) {
      OPENVINO_THROW(name, " is no tensor");
    }
    return IdOf(ref->id);
  }

  std::shared_ptr<ov::Node> mark_node(std::shared_ptr<ov::Node> node) const override {
    node->get_rt_info()[kOrigin] = node_;
    return node;
  }

 private:
  static std::vector<size_t> TensorIds(const std::vector<ArgumentValue>& inputs) {
    std::vector<size_t> ids;
    for (const ArgumentValue& input : inputs) {
      const auto* ref = std::get_if<ValueRef>(&input);
      ids.push_back(ref == nullptr ? 0 : IdOf(ref->id));
    }
    return ids;
  }

  const FrontEndCall call_;
  const NodeId node_;
};

// `value` with the steps of a lowering replaced by what they made.
ArgumentValue Number(const ArgumentValue& value, const std::vector<size_t>& steps) {
  const auto number = [&](ValueRef ref) {
    return IsStep(ref) ? RefTo(steps.at(static_cast<size_t>(StepOf(ref)))) : ref;
  };
  if (const auto* ref = std::get_if<ValueRef>(&value)) {
    return number(*ref);
  }
  if (const auto* list = std::get_if<std::vector<ValueRef>>(&value)) {
    std::vector<ValueRef> numbered(list->size());
    std::ranges::transform(*list, numbered.begin(), number);
    return numbered;
  }
  return value;
}

// The whole: weights where they are read first, then calls, in topological order.
class GraphDecoder : public FxDecoder {
 public:
  GraphDecoder(const Program& program, const Computation& computation, int64_t batch)
      : FxDecoder("graph", Ids(computation.inputs), Ids(computation.outputs)),
        program_(program),
        computation_(computation),
        batch_(batch) {
    for (const size_t id : inputs()) {
      input_names_.push_back(std::to_string(id));
    }
  }

  const std::string& get_input_debug_name(size_t index) const override {
    return input_names_.at(index);
  }
  const std::string& get_input_signature_name(size_t index) const override {
    return input_names_.at(index);
  }
  ov::PartialShape get_input_shape(size_t index) const override {
    return ToOvShape(Input(index).ShapeAt(batch_));
  }
  ov::Any get_input_type(size_t index) const override { return ToElementType(Input(index).dtype); }

  void visit_subgraph(Visitor visit) const override {
    std::set<ValueId> known;
    size_t next_id = program_.values.size() + 1;
    for (const NodeId node : computation_.nodes) {
      for (const ValueId read : Program::Reads(program_.nodes[node])) {
        if (program_.values[read].kind == ValueKind::kConstant && known.insert(read).second) {
          VisitConstant(read, visit);
        }
      }
      VisitNode(node, next_id, visit);
    }
  }

 private:
  static std::vector<size_t> Ids(const std::vector<ValueId>& values) {
    std::vector<size_t> ids(values.size());
    std::ranges::transform(values, ids.begin(), IdOf);
    return ids;
  }

  const Value& Input(size_t index) const { return program_.values[computation_.inputs.at(index)]; }

  void VisitConstant(ValueId id, const Visitor& visit) const {
    const auto constant = WeightConstant(program_.values[id].constant);
    if (!constant.ok()) {
      OPENVINO_THROW(constant.status().ToString());
    }
    visit(std::make_shared<ConstantDecoder>(*constant, IdOf(id)));
  }

  // `next_id`: the first number that is free, for what is between two calls.
  void VisitNode(NodeId id, size_t& next_id, const Visitor& visit) const {
    const Node& node = program_.nodes[id];
    std::vector<FrontEndCall> calls = Lower(program_, node, batch_);
    std::vector<size_t> steps;
    for (FrontEndCall& call : calls) {
      for (ArgumentValue& input : call.inputs) {
        input = Number(input, steps);
      }
      const bool last = steps.size() + 1 == calls.size();
      const bool list = call.returns_list;
      const size_t output = last && !list ? IdOf(node.outputs.front()) : next_id++;
      steps.push_back(output);
      visit(std::make_shared<CallDecoder>(std::move(call), output, id));
      if (last && list) {
        TakeApart(id, output, visit);
      }
    }
  }

  void TakeApart(NodeId id, size_t list, const Visitor& visit) const {
    const std::vector<ValueId>& outputs = program_.nodes[id].outputs;
    for (size_t i = 0; i < outputs.size(); ++i) {
      if (outputs[i] != kNone) {
        FrontEndCall call{.op = "<built-in function getitem>",
                          .inputs = {RefTo(list), static_cast<int64_t>(i)}};
        visit(std::make_shared<CallDecoder>(std::move(call), IdOf(outputs[i]), id));
      }
    }
  }

  const Program& program_;
  const Computation& computation_;
  const int64_t batch_;
  std::vector<std::string> input_names_;
};

}  // namespace

std::shared_ptr<ov::frontend::IDecoder> MakeDecoder(const Program& program,
                                                    const Computation& computation, int64_t batch) {
  return std::make_shared<GraphDecoder>(program, computation, batch);
}

std::optional<NodeId> OriginOf(const ov::Node& made) {
  const auto& info = made.get_rt_info();
  const auto found = info.find(kOrigin);
  return found == info.end() ? std::nullopt : std::optional<NodeId>(found->second.as<NodeId>());
}

}  // namespace tideline::openvino
