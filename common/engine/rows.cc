#include "common/engine/rows.h"

#include <algorithm>
#include <bit>
#include <cstdint>
#include <iterator>
#include <set>
#include <string_view>
#include <variant>

#include "common/engine/inputs.h"
#include "common/program/operators.h"

namespace tideline {
namespace {

// Row by row where all they touch has rows.
constexpr std::string_view kRowByRow[] = {"_adaptive_avg_pool2d",
                                          "_native_batch_norm_legit_no_training",
                                          "_to_copy",
                                          "_unsafe_view",
                                          "adaptive_avg_pool2d",
                                          "add",
                                          "avg_pool2d",
                                          "clamp",
                                          "clone",
                                          "contiguous",
                                          "conv2d",
                                          "convolution",
                                          "div",
                                          "dropout",
                                          "flatten",
                                          "linear",
                                          "max_pool2d",
                                          "max_pool2d_with_indices",
                                          "mul",
                                          "neg",
                                          "reshape",
                                          "sub",
                                          "upsample_bilinear2d",
                                          "upsample_nearest2d",
                                          "view"};
// Row by row where, moreover, they work along another dimension than the first.
constexpr std::string_view kAlongDimensions[] = {"cat", "concat", "mean", "softmax", "sum"};

bool IsBehindFirst(int64_t dimension, size_t dimensions) {
  return dimension > 0 || (dimension < 0 && dimension > -static_cast<int64_t>(dimensions));
}

bool WorksBehindFirst(const Program& program, const Node& node) {
  const Argument* dim = Program::Find(node, "dim");
  const std::vector<ValueId> reads = Program::Reads(node);
  if (dim == nullptr || reads.empty()) {
    return false;
  }
  const size_t dimensions = program.values[reads.front()].dims.size();
  if (const auto* one = std::get_if<int64_t>(&dim->value)) {
    return IsBehindFirst(*one, dimensions);
  }
  const auto* several = std::get_if<std::vector<int64_t>>(&dim->value);
  return several != nullptr && !several->empty() &&
         std::ranges::all_of(*several, [&](int64_t one) { return IsBehindFirst(one, dimensions); });
}

template <typename Names>
bool Contains(const Names& names, std::string_view name) {
  return std::ranges::find(names, name) != std::end(names);
}

std::set<ValueId> Touched(const Program& program, const Node& node) {
  std::set<ValueId> touched;
  std::ranges::copy(Program::Reads(node), std::inserter(touched, touched.end()));
  std::ranges::copy(node.outputs, std::inserter(touched, touched.end()));
  std::erase_if(touched, [&](ValueId id) {
    return id == kNone || program.values[id].kind == ValueKind::kConstant;
  });
  return touched;
}

}  // namespace

bool HasRowPerInput(const Value& value) {
  return !value.dims.empty() && value.dims.front() == Dim{.constant = 0, .per_batch = 1} &&
         std::ranges::all_of(value.dims.begin() + 1, value.dims.end(),
                             [](const Dim& dim) { return dim.per_batch == 0; });
}

bool TouchesRows(const Program& program, const Node& node) {
  return std::ranges::all_of(Touched(program, node),
                             [&](ValueId id) { return HasRowPerInput(program.values[id]); });
}

bool IsRowByRow(const Program& program, const Node& node) {
  const std::string_view name = BaseName(node.target);
  return TouchesRows(program, node) &&
         (IsActivationFunction(node.target) || Contains(kRowByRow, name) ||
          (Contains(kAlongDimensions, name) && WorksBehindFirst(program, node)));
}

double BytesPerInput(const Program& program, const Node& node) {
  double bytes = 0;
  for (const ValueId id : Touched(program, node)) {
    const Value& value = program.values[id];
    auto one = static_cast<double>(ItemSize(value.dtype));
    for (const int64_t size : value.ShapeAt(/*batch=*/1)) {
      one *= static_cast<double>(size);
    }
    bytes += one;
  }
  return bytes;
}

int64_t InputsThatFit(double limit, double bytes) {
  const double fit = std::clamp<double>(limit / std::max(bytes, 1.0), 1, kLargestBatch);
  return static_cast<int64_t>(std::bit_floor(static_cast<uint64_t>(fit)));
}

}  // namespace tideline
