#pragma once

#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>
#include <utility>
#include <variant>
#include <vector>

#include <ATen/core/dispatch/Dispatcher.h>
#include <ATen/core/ivalue.h>

#include "common/base/status.h"
#include "common/program/program.h"

// One node of the program, ready to be called. Inside the module only.
namespace tideline::aten {

// What the values of a program hold during one run, by ValueId; None where there is nothing.
using ValueTable = std::vector<c10::IValue>;
// What the calls of a run share, so that none of them allocates; empty between them.
using Stack = std::vector<c10::IValue>;

class Operation {
 public:
  // Fits the node's arguments to the schema of `op`, defaults included. Literals and constants are
  // converted here, once; `constants` holds the program's constants, and whatever device the file
  // names becomes `device`.
  // Errors: Unimplemented where an argument is not in the schema, has no default or cannot be
  // converted, or where the operator writes into its arguments.
  static absl::StatusOr<Operation> Create(const Node& node, c10::OperatorHandle op,
                                          const ValueTable& constants, at::Device device);

  // From now on a batch above one gets `value` as argument `name` of the schema.
  void UseForBatches(const std::string& name, c10::IValue value);

  // Reads the node's values from `values`, constants included, and writes its outputs there;
  // `batch` resolves the sizes that depend on it. Throws what LibTorch throws.
  void Run(int64_t batch, ValueTable& values, Stack& stack) const;

 private:
  // An argument that is known only when the operator runs.
  struct Late {
    size_t argument;
    std::variant<ValueRef, Dim, std::vector<ValueRef>, std::vector<Dim>> source;
    c10::TypePtr element;  // lists only

    c10::IValue Resolve(int64_t batch, const ValueTable& values) const;
  };

  explicit Operation(c10::OperatorHandle op) : op_(std::move(op)) {}

  absl::Status Bind(size_t index, const ArgumentValue& value, const ValueTable& constants,
                    at::Device device);

  c10::OperatorHandle op_;
  std::vector<c10::IValue> arguments_;  // one per argument of the schema; those in late_ are None
  std::vector<Late> late_;
  std::vector<std::pair<size_t, c10::IValue>> for_batches_;  // by argument
  std::vector<ValueId> outputs_;
  bool returns_list_ = false;
};

// LibTorch's operator for "aten.conv2d.default"; nullopt where it has none.
std::optional<c10::OperatorHandle> FindOperator(const std::string& target);

}  // namespace tideline::aten
