#pragma once

#include <cstdint>
#include <memory>
#include <string>
#include <string_view>
#include <variant>
#include <vector>

#include "common/base/hash.h"
#include "common/tensor/tensor.h"

// A network as exported: a DAG of operators over named values, functional (no operator writes into
// its arguments), in topological order. Nothing here knows the file format it came from, nor any
// engine. A Program is immutable once read and shared as shared_ptr<const Program>: thread-safe.
namespace tideline {

using ValueId = int32_t;  // index into Program::values
using NodeId = int32_t;   // index into Program::nodes
inline constexpr int32_t kNone = -1;

// One dimension of a shape: constant + per_batch * batch ("49 * batch" where windows are folded
// into the batch). A static program has per_batch = 0 everywhere.
struct Dim {
  int64_t constant = 0;
  int64_t per_batch = 0;

  int64_t At(int64_t batch) const { return constant + per_batch * batch; }
  bool operator==(const Dim&) const = default;
};

enum class ValueKind {
  kInput,       // given by the user of the network
  kConstant,    // a weight or a buffer: `constant` is set
  kActivation,  // a tensor that a node produces
};

struct Value {
  std::string name;  // as in the file; unique
  ValueKind kind = ValueKind::kActivation;
  DType dtype = DType::kFloat32;
  std::vector<Dim> dims;
  NodeId producer = kNone;    // kNone for inputs and constants
  std::vector<NodeId> users;  // ascending, each once
  Tensor constant;            // kConstant only; views the mapped file or memory of its own

  // The shape for a batch of `batch`.
  Shape ShapeAt(int64_t batch) const;
};

// Arguments of an operator, as its schema in ATen names them. A size that depends on the batch is a
// Dim: the reader resolves every symbolic size, so sizes have no producer and cross no cut.
struct None {};
struct ValueRef {
  ValueId id = kNone;  // kNone stands for None inside a list
};
struct Device {
  std::string type;  // "cpu", "cuda"
};
enum class MemoryFormat : int8_t { kContiguous, kPreserve, kChannelsLast, kChannelsLast3d };
struct Layout {};  // strided, the only one

using ArgumentValue =
    std::variant<None, ValueRef, std::vector<ValueRef>, int64_t, double, bool, std::string, DType,
                 MemoryFormat, Layout, Device, std::vector<int64_t>, std::vector<double>,
                 std::vector<bool>, Dim, std::vector<Dim>>;

struct Argument {
  std::string name;
  ArgumentValue value;
};

struct Node {
  std::string target;               // "aten.conv2d.default"
  std::vector<Argument> arguments;  // those the file gives; the schema's defaults fill the rest
  std::vector<ValueId> outputs;     // kNone where an output is unused and has no value
  bool returns_list = false;        // the operator returns one list of tensors (split, chunk)
  std::string module_path;          // "features.3.conv.0.0"; "" for the network's own forward
};

struct Program {
  std::vector<Value> values;
  std::vector<Node> nodes;       // topological order
  std::vector<ValueId> inputs;   // the user's inputs, in order
  std::vector<ValueId> outputs;  // the network's results, in order
  bool dynamic_batch = false;
  int64_t static_batch = 1;  // where the batch is not dynamic; the leading input dimension
  int64_t parameters = 0;    // elements of the parameters in the file, folded ones included
  Sha256Digest identity{};   // of the whole model file

  // The argument called `name`, or nullptr.
  static const Argument* Find(const Node& node, std::string_view name);
  // Every value that `node` reads, in the order of its arguments; may name one twice.
  static std::vector<ValueId> Reads(const Node& node);
};

}  // namespace tideline
