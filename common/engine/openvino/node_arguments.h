#pragma once

#include <cstdint>
#include <string_view>
#include <vector>

#include "common/program/program.h"

namespace tideline::openvino {

// The arguments of one node by name, with sizes for one batch. Keeps references to program and
// node. Thread-compatible.
class NodeArguments {
 public:
  NodeArguments(const Program& program, const Node& node, int64_t batch)
      : program_(program), node_(node), batch_(batch) {}

  const Node& node() const { return node_; }
  int64_t batch() const { return batch_; }

  // None where the node does not give it.
  ArgumentValue Get(std::string_view name) const;
  bool Has(std::string_view name) const;
  int64_t Int(std::string_view name, int64_t fallback) const;
  double Number(std::string_view name, double fallback) const;
  bool Flag(std::string_view name, bool fallback) const;
  // `count` numbers; one given stands for all, none for `fallback`.
  std::vector<int64_t> Ints(std::string_view name, size_t count, int64_t fallback) const;

  // The shape of the tensor `name`; [] where it is none.
  Shape ShapeOf(std::string_view name) const;
  // The shape and dtype of the first result.
  Shape OutputShape() const;
  DType OutputType() const;

 private:
  const Program& program_;
  const Node& node_;
  const int64_t batch_;
};

// `value` with every Dim as its number for `batch`.
ArgumentValue Resolve(const ArgumentValue& value, int64_t batch);

}  // namespace tideline::openvino
