#include "common/program/functionalize.h"

#include <algorithm>
#include <string>
#include <vector>

#include "common/program/operators.h"

namespace tideline {
namespace {

constexpr std::string_view kMend =
    "save the network with torch.export.save(ep.run_decompositions({}), \"model.pt2\")";

std::string Described(const Program& program, const Node& node) {
  for (const ValueId id : node.outputs) {
    if (id != kNone) {
      return "node '" + program.values[id].name + "' (" + node.target + ")";
    }
  }
  return "node (" + node.target + ")";
}

absl::Status CheckEvaluation(const Program& program, const Node& node) {
  const Argument* train = Program::Find(node, "train");
  const Argument* training = Program::Find(node, "training");
  for (const Argument* argument : {train, training}) {
    const bool* on = argument == nullptr ? nullptr : std::get_if<bool>(&argument->value);
    const bool normalizes_itself = node.target.ends_with(".no_stats");  // as InstanceNorm does
    if (on != nullptr && *on && !normalizes_itself) {
      return InvalidArgument(
          "{} is in training mode; call model.eval() before torch.export.export(model, inputs)",
          Described(program, node));
    }
  }
  if (BaseName(node.target) == "_batch_norm_with_update") {
    return InvalidArgument(
        "{} updates its statistics; call model.eval() before torch.export.export(model, inputs)",
        Described(program, node));
  }
  return absl::OkStatus();
}

bool IsFloating(DType dtype) {
  return dtype == DType::kFloat32 || dtype == DType::kFloat16 || dtype == DType::kBFloat16 ||
         dtype == DType::kFloat64;
}

// "aten.add_.Tensor" to "aten.add.Tensor"; "" where there is no twin.
std::string Twin(const std::string& target) {
  const std::string_view base = BaseName(target);
  if (base.starts_with("__")) {
    return "";
  }
  const size_t end = target.rfind('.');
  return target.substr(0, end - 1) + target.substr(end);
}

// Which values share memory, and which of them were made from its last written state.
class Aliases {
 public:
  explicit Aliases(size_t values) : states_(values), written_(values, 0) {
    for (size_t i = 0; i < values; ++i) {
      states_[i].storage = static_cast<ValueId>(i);
    }
  }

  // `output` views the memory of `input`.
  void Share(ValueId input, ValueId output) { states_[output] = states_[input]; }

  // `input`'s memory was written; from now on only `output` and what is made from it may be read.
  void Write(ValueId input, ValueId output) {
    const ValueId storage = states_[input].storage;
    states_[output] = {storage, ++written_[storage]};
  }

  bool stale(ValueId id) const { return states_[id].version != written_[states_[id].storage]; }

  // The value whose memory it is.
  ValueId storage(ValueId id) const { return states_[id].storage; }

 private:
  struct State {
    ValueId storage = kNone;
    int version = 0;
  };
  std::vector<State> states_;
  std::vector<int> written_;  // by storage: how often
};

absl::Status StaleRead(const Program& program, const std::string& reader, ValueId id) {
  return InvalidArgument("{} reads '{}', whose memory another operator has written in place; {}",
                         reader, program.values[id].name, kMend);
}

// The value that `node` writes, where its twin would give the same.
absl::StatusOr<ValueId> WrittenArgument(const Program& program, const Node& node) {
  const ValueRef* self =
      node.arguments.empty() ? nullptr : std::get_if<ValueRef>(&node.arguments[0].value);
  if (self == nullptr || node.outputs.size() != 1 || node.outputs[0] == kNone ||
      Twin(node.target).empty()) {
    return InvalidArgument("{} writes in place; {}", Described(program, node), kMend);
  }
  // In place the written argument's type holds; the twin promotes.
  for (const ValueId id : Program::Reads(node)) {
    const DType dtype = program.values[id].dtype;
    if (IsFloating(dtype) && dtype != program.values[self->id].dtype) {
      return InvalidArgument("{} writes {} into {} in place; {}", Described(program, node),
                             Name(dtype), Name(program.values[self->id].dtype), kMend);
    }
  }
  return self->id;
}

class Functionalizer {
 public:
  explicit Functionalizer(Program& program) : program_(program), aliases_(program.values.size()) {}

  absl::Status Run() {
    for (Node& node : program_.nodes) {
      RETURN_IF_ERROR(CheckEvaluation(program_, node));
      for (const ValueId id : Program::Reads(node)) {
        if (aliases_.stale(id)) {
          return StaleRead(program_, Described(program_, node), id);
        }
      }
      RETURN_IF_ERROR(IsInPlace(node.target) ? Rewrite(node) : Follow(node));
    }
    for (const ValueId id : program_.outputs) {
      if (aliases_.stale(id)) {
        return StaleRead(program_, "the network's result", id);
      }
    }
    return absl::OkStatus();
  }

 private:
  absl::Status Rewrite(Node& node) {
    ASSIGN_OR_RETURN(const ValueId self, WrittenArgument(program_, node));
    const Value& root = program_.values[aliases_.storage(self)];
    if (root.kind == ValueKind::kConstant) {
      return InvalidArgument("{} writes the weight '{}'; only a network without state can run",
                             Described(program_, node), root.name);
    }
    aliases_.Write(self, node.outputs[0]);
    node.target = Twin(node.target);
    return absl::OkStatus();
  }

  absl::Status Follow(const Node& node) {
    const size_t dot = node.target.rfind('.');
    const std::string_view overload = std::string_view(node.target).substr(dot + 1);
    if (overload == "out" || overload.ends_with("_out")) {
      return InvalidArgument("{} writes in place; {}", Described(program_, node), kMend);
    }
    if (!MayAlias(node.target)) {
      return absl::OkStatus();
    }
    const std::vector<ValueId> reads = Program::Reads(node);
    for (const ValueId output : node.outputs) {
      if (output != kNone && !reads.empty()) {
        aliases_.Share(reads[0], output);
      }
    }
    return absl::OkStatus();
  }

  Program& program_;
  Aliases aliases_;
};

}  // namespace

absl::Status Functionalize(Program& program) { return Functionalizer(program).Run(); }

}  // namespace tideline
