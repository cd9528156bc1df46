#include <map>
#include <optional>
#include <tuple>
#include <utility>

#include "common/engine/aten/passes/onednn.h"
#include "common/engine/aten/passes/passes.h"

namespace tideline::aten {
namespace {

using Numbers = std::vector<int64_t>;

// Two numbers, for height and width; nullopt where the argument is something else.
std::optional<Numbers> Pair(const Node& node, std::string_view name, int64_t otherwise) {
  const Argument* argument = Program::Find(node, name);
  if (argument == nullptr) {
    return Numbers{otherwise, otherwise};
  }
  if (const auto* one = std::get_if<int64_t>(&argument->value)) {
    return Numbers{*one, *one};
  }
  const auto* list = std::get_if<Numbers>(&argument->value);
  if (list == nullptr || list->empty() || list->size() > 2) {
    return std::nullopt;
  }
  return Numbers{list->front(), list->back()};
}

bool IsTransposed(const Node& node) {
  const Argument* argument = Program::Find(node, "transposed");
  const bool* transposed = argument == nullptr ? nullptr : std::get_if<bool>(&argument->value);
  return transposed != nullptr && *transposed;
}

int64_t Groups(const Node& node) {
  const Argument* argument = Program::Find(node, "groups");
  const auto* groups = argument == nullptr ? nullptr : std::get_if<int64_t>(&argument->value);
  return groups == nullptr ? 1 : *groups;
}

struct Convolution {
  ValueId weight = kNone;
  Numbers padding;
  Numbers stride;
  Numbers dilation;
  int64_t groups = 1;

  auto Key() const { return std::tie(weight, padding, stride, dilation, groups); }
  bool operator<(const Convolution& other) const { return Key() < other.Key(); }
};

// The convolution that `node` is, where oneDNN has it; nullopt otherwise.
std::optional<Convolution> Match(const Lowered& lowered, const Node& node) {
  if ((node.target != "aten.conv2d.default" && node.target != "aten.convolution.default") ||
      IsTransposed(node)) {
    return std::nullopt;
  }
  const ValueId input = ValueArgument(node, "input");
  const at::Tensor weight = ConstantArgument(lowered, node, "weight");
  const auto padding = Pair(node, "padding", 0);
  const auto stride = Pair(node, "stride", 1);
  const auto dilation = Pair(node, "dilation", 1);
  if (input == kNone || lowered.program.values[input].dims.size() != 4 || !weight.defined() ||
      weight.dim() != 4 || !IsOneDnnType(weight.scalar_type()) || !padding || !stride ||
      !dilation) {
    return std::nullopt;
  }
  return Convolution{ValueArgument(node, "weight"), *padding, *stride, *dilation, Groups(node)};
}

constexpr int64_t kSomeBatch = 8;  // what oneDNN prefers from 2 on hardly depends on the batch

// `hint` is the input's shape for the batch that is expected; other batches run as well.
at::Tensor Pack(const at::Tensor& weight, const Convolution& convolution, const Shape& hint) {
  return Call("mkldnn._reorder_convolution_weight.default",
              {weight, convolution.padding, convolution.stride, convolution.dilation,
               convolution.groups, hint});
}

// The constant that takes the place of `node`'s weight, and what a larger batch reads instead of it
// where that is arranged otherwise.
ValueId AddPacked(Lowered& lowered, const Node& node, const Convolution& convolution) {
  const Program& program = lowered.program;
  const ValueId input = ValueArgument(node, "input");
  const at::Tensor weight = ConstantArgument(lowered, node, "weight");
  const at::Tensor packed =
      Pack(weight, convolution, program.values[input].ShapeAt(program.static_batch));
  const ValueId id =
      AddConstant(lowered, program.values[convolution.weight].name + ".packed", packed);
  if (program.dynamic_batch) {
    at::Tensor for_batches = Pack(weight, convolution, program.values[input].ShapeAt(kSomeBatch));
    if (!SameArrangement(packed, for_batches)) {
      lowered.packed_for_batches.emplace(id, std::move(for_batches));
    }
  }
  return id;
}

}  // namespace

void PrepackConvolutions(Lowered& lowered) {
  std::map<Convolution, ValueId> packed;  // layers that share a weight share the packed one
  for (Node& node : lowered.program.nodes) {
    const auto convolution = Match(lowered, node);
    if (!convolution) {
      continue;
    }
    const ValueId input = ValueArgument(node, "input");
    const auto [entry, is_new] = packed.try_emplace(*convolution, kNone);
    if (is_new) {
      entry->second = AddPacked(lowered, node, *convolution);
    }
    ReleaseConstant(lowered, convolution->weight);
    node.target = kPackedConvolution;
    node.arguments = {{"X", ValueRef{input}},
                      {"W", ValueRef{entry->second}},
                      {"B", ValueRef{ValueArgument(node, "bias")}},
                      {"padding", convolution->padding},
                      {"stride", convolution->stride},
                      {"dilation", convolution->dilation},
                      {"groups", convolution->groups}};
    AddNoActivation(node);
  }
  Sweep(lowered);
}

}  // namespace tideline::aten
