#pragma once

#include <initializer_list>
#include <memory>
#include <string>
#include <utility>
#include <vector>

#include "common/program/frontier.h"
#include "common/program/program.h"
#include "common/tensor/tensor.h"

// Small networks built by hand, so that a test shows what runs.
namespace tideline {

inline constexpr Dim kBatch{.constant = 0, .per_batch = 1};

class ProgramBuilder {
 public:
  ValueId Input(const std::string& name, std::vector<Dim> dims, DType dtype = DType::kFloat32) {
    program_->inputs.push_back(
        Add({.name = name, .kind = ValueKind::kInput, .dtype = dtype, .dims = std::move(dims)}));
    return program_->inputs.back();
  }

  ValueId Constant(const std::string& name, Tensor tensor) {
    std::vector<Dim> dims;
    for (const int64_t size : tensor.shape()) {
      dims.push_back({.constant = size});
    }
    return Add({.name = name,
                .kind = ValueKind::kConstant,
                .dtype = tensor.dtype(),
                .dims = std::move(dims),
                .constant = std::move(tensor)});
  }

  ValueId Activation(const std::string& name, std::vector<Dim> dims) {
    return Add({.name = name, .dims = std::move(dims)});
  }

  // A node of one result, called as its module.
  ValueId Op(const std::string& name, const std::string& target, std::vector<Argument> arguments,
             std::vector<Dim> dims) {
    const ValueId output = Activation(name, std::move(dims));
    Append({.target = target,
            .arguments = std::move(arguments),
            .outputs = {output},
            .module_path = name});
    return output;
  }

  void Append(Node node) {
    const NodeId id = static_cast<NodeId>(program_->nodes.size());
    for (const ValueId output : node.outputs) {
      if (output != kNone) {
        program_->values[output].producer = id;
      }
    }
    for (const ValueId read : Program::Reads(node)) {
      std::vector<NodeId>& users = program_->values[read].users;
      if (users.empty() || users.back() != id) {
        users.push_back(id);
      }
    }
    program_->nodes.push_back(std::move(node));
  }

  std::shared_ptr<const Program> Build(std::vector<ValueId> outputs) {
    program_->outputs = std::move(outputs);
    program_->dynamic_batch = true;
    return program_;
  }

 private:
  ValueId Add(Value value) {
    program_->values.push_back(std::move(value));
    return static_cast<ValueId>(program_->values.size()) - 1;
  }

  std::shared_ptr<Program> program_ = std::make_shared<Program>();
};

// 0, 0.25, 0.5, … from `first`, contiguous.
inline Tensor Ramp(Shape shape, float first = 0) {
  Tensor tensor = *Tensor::Allocate(DType::kFloat32, std::move(shape));
  float* data = reinterpret_cast<float*>(tensor.mutable_data());
  for (int64_t i = 0; i < tensor.numel(); ++i) {
    data[i] = first + 0.25F * static_cast<float>(i);
  }
  return tensor;
}

inline std::vector<float> Elements(const Tensor& tensor) {
  const Tensor flat = *Contiguous(tensor);
  return {flat.as<float>(), flat.as<float>() + flat.numel()};
}

// A diamond: a = relu(x); b = -a and c = a + w, where w = 1, 1.25, 1.5; d = b * c. All [batch, 3].
struct Diamond {
  ValueId x, a, b, c, d;
  std::shared_ptr<const Program> program;

  Diamond() {
    ProgramBuilder builder;
    const std::vector<Dim> dims = {kBatch, {.constant = 3}};
    x = builder.Input("x", dims);
    const ValueId w = builder.Constant("w", Ramp({3}, /*first=*/1));
    a = builder.Op("a", "aten.relu.default", {{"self", ValueRef{x}}}, dims);
    b = builder.Op("b", "aten.neg.default", {{"self", ValueRef{a}}}, dims);
    c = builder.Op("c", "aten.add.Tensor", {{"self", ValueRef{a}}, {"other", ValueRef{w}}}, dims);
    d = builder.Op("d", "aten.mul.Tensor", {{"self", ValueRef{b}}, {"other", ValueRef{c}}}, dims);
    program = builder.Build({d});
  }

  Frontier input() const { return {"input", {x}}; }
  Frontier edge() const { return {"edge", {d}}; }
};

}  // namespace tideline
