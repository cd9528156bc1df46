#include "common/program/costs.h"

#include <algorithm>
#include <limits>
#include <string_view>

#include "common/program/operators.h"

namespace tideline {
namespace {

constexpr int64_t kMost = std::numeric_limits<int64_t>::max();

// Arithmetic that stays at the largest number; the factors are sizes, never negative.
int64_t Times(int64_t a, int64_t b) {
  int64_t product;
  return __builtin_mul_overflow(a, b, &product) ? kMost : product;
}

int64_t Plus(int64_t a, int64_t b) {
  int64_t sum;
  return __builtin_add_overflow(a, b, &sum) ? kMost : sum;
}

int64_t Numel(const Shape& shape) {
  int64_t numel = 1;
  for (const int64_t size : shape) {
    numel = Times(numel, size);
  }
  return numel;
}

class Shapes {
 public:
  explicit Shapes(const Program& program)
      : program_(program), batch_(program.dynamic_batch ? 1 : program.static_batch) {}

  Shape Of(ValueId id) const { return program_.values[id].ShapeAt(batch_); }

  // The shape of the tensor in the argument `name`; [] where there is none.
  Shape Of(const Node& node, std::string_view name) const {
    const Argument* argument = Program::Find(node, name);
    const auto* ref = argument == nullptr ? nullptr : std::get_if<ValueRef>(&argument->value);
    return ref == nullptr ? Shape{} : Of(ref->id);
  }

  int64_t Bytes(ValueId id) const {
    return Times(Numel(Of(id)), static_cast<int64_t>(ItemSize(program_.values[id].dtype)));
  }

 private:
  const Program& program_;
  int64_t batch_;
};

// Each output element of a convolution sums over one filter; of a transposed one, each input
// element is multiplied by one.
int64_t ConvolutionMacs(const Node& node, const Shapes& shapes, const Shape& output) {
  const Shape weight = shapes.Of(node, "weight");
  if (weight.empty() || weight[0] == 0) {
    return 0;
  }
  const Argument* flag = Program::Find(node, "transposed");
  const bool* transposed = flag == nullptr ? nullptr : std::get_if<bool>(&flag->value);
  const bool by_input =
      BaseName(node.target).starts_with("conv_transpose") || (transposed != nullptr && *transposed);
  const int64_t filter = Numel(Shape(weight.begin() + 1, weight.end()));
  return Times(Numel(by_input ? shapes.Of(node, "input") : output), filter);
}

int64_t AttentionMacs(const Node& node, const Shapes& shapes, const Shape& output) {
  const Shape query = shapes.Of(node, "query");
  const Shape key = shapes.Of(node, "key");
  if (query.size() < 2 || key.size() < 2) {
    return 0;
  }
  const int64_t keys = key[key.size() - 2];
  return Plus(Times(Numel(query), keys), Times(Numel(output), keys));
}

// The length of the sums of a matrix product; 0 for other operators.
int64_t InnerLength(const Node& node, const Shapes& shapes) {
  struct Product {
    std::string_view operation;
    std::string_view left;  // the argument whose last dimension is summed over
  };
  constexpr Product kProducts[] = {{"linear", "input"},   {"mm", "self"},      {"bmm", "self"},
                                   {"matmul", "self"},    {"addmm", "mat1"},   {"mv", "self"},
                                   {"baddbmm", "batch1"}, {"addbmm", "batch1"}};
  const std::string_view operation = BaseName(node.target);
  const auto* found = std::ranges::find(kProducts, operation, &Product::operation);
  const Shape left = found == std::end(kProducts) ? Shape{} : shapes.Of(node, found->left);
  return left.empty() ? 0 : left.back();
}

int64_t Macs(const Node& node, const Shapes& shapes) {
  if (node.outputs.empty() || node.outputs[0] == kNone) {
    return 0;
  }
  const Shape output = shapes.Of(node.outputs[0]);
  const std::string_view operation = BaseName(node.target);
  if (IsConvolution(node.target) || operation.starts_with("conv_transpose")) {
    return ConvolutionMacs(node, shapes, output);
  }
  if (operation == "scaled_dot_product_attention") {
    return AttentionMacs(node, shapes, output);
  }
  return Times(Numel(output), InnerLength(node, shapes));
}

}  // namespace

Cost& Cost::operator+=(const Cost& other) {
  macs = Plus(macs, other.macs);
  weight_bytes = Plus(weight_bytes, other.weight_bytes);
  output_bytes = Plus(output_bytes, other.output_bytes);
  return *this;
}

double Work(const Cost& cost) {
  constexpr double kMacsPerByte = 8;
  return static_cast<double>(cost.macs) + kMacsPerByte * (static_cast<double>(cost.output_bytes) +
                                                          static_cast<double>(cost.weight_bytes));
}

std::vector<Cost> NodeCosts(const Program& program) {
  const Shapes shapes(program);
  std::vector<bool> counted(program.values.size(), false);
  std::vector<Cost> costs;
  for (const Node& node : program.nodes) {
    Cost cost{.macs = Macs(node, shapes)};
    for (const ValueId id : Program::Reads(node)) {
      if (program.values[id].kind == ValueKind::kConstant && !counted[id]) {
        counted[id] = true;
        cost.weight_bytes = Plus(cost.weight_bytes, shapes.Bytes(id));
      }
    }
    for (const ValueId id : node.outputs) {
      if (id != kNone && !MayAlias(node.target)) {
        cost.output_bytes = Plus(cost.output_bytes, shapes.Bytes(id));
      }
    }
    costs.push_back(cost);
  }
  return costs;
}

int64_t FrontierElements(const Program& program, const Frontier& frontier) {
  const Shapes shapes(program);
  int64_t elements = 0;
  for (const ValueId id : frontier.values) {
    elements = Plus(elements, Numel(shapes.Of(id)));
  }
  return elements;
}

}  // namespace tideline
