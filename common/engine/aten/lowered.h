#pragma once

#include <map>
#include <optional>
#include <string>
#include <vector>

#include <ATen/core/Tensor.h>

#include "common/engine/aten/operation.h"
#include "common/engine/engine.h"
#include "common/program/program.h"

// The network as this engine runs it: a copy that passes rewrite once, before any cut is known.
// Inside the module only.
namespace tideline::aten {

struct Lowered {
  Program program;       // values keep their ids; new ones are appended
  ValueTable constants;  // by ValueId: constants as LibTorch has them, packed weights among them
  // What a batch above one reads in place of a packed constant: oneDNN arranges weights by the
  // batch, and arranging them anew in each run costs more than the run.
  std::map<ValueId, at::Tensor> packed_for_batches;
  std::vector<bool> fixed;          // by ValueId: what a frontier may name; no pass removes it
  std::vector<bool> channels_last;  // by ValueId: images that every operator leaves channels-last
  at::Device device = at::kCPU;
  at::ScalarType precision = at::kFloat;  // of everything that is float32 in the program

  bool IsFixed(ValueId id) const { return fixed[id]; }
};

// `program` as it is: constants are views of its memory, or copies where the device is not the
// host. Throws what LibTorch throws.
Lowered Lower(const Program& program, at::Device device, Precision precision);

// Appends a constant.
ValueId AddConstant(Lowered& lowered, std::string name, at::Tensor tensor);
// Appends a value that a node makes, with the dimensions of `like`.
ValueId AddValue(Lowered& lowered, std::string name, ValueId like);

// The only reader of `id`, where nobody else can ask for it: an operator behind it that may become
// part of its producer. kNone otherwise.
NodeId OnlyReader(const Lowered& lowered, ValueId id);

// The constant that argument `name` is; undefined where it is none.
at::Tensor ConstantArgument(const Lowered& lowered, const Node& node, std::string_view name);

// The value that argument `name` is; kNone where it is none.
ValueId ValueArgument(const Node& node, std::string_view name);

// A packed copy has taken this constant's place: its pages of the model file may leave memory.
void ReleaseConstant(const Lowered& lowered, ValueId id);

// Takes a node out; whoever reads `removed`, its output, reads `kept` from then on, or, where
// `removed` is fixed, the producer of `kept` makes `removed`. False, and nothing happens, where
// neither is possible. Relink afterwards.
bool Bypass(Lowered& lowered, NodeId node, ValueId kept, ValueId removed);

// Takes out the nodes that no fixed value depends on, drops constants that nobody reads, relinks.
void Sweep(Lowered& lowered);

}  // namespace tideline::aten
