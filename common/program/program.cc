#include "common/program/program.h"

namespace tideline {

Shape Value::ShapeAt(int64_t batch) const {
  Shape shape;
  shape.reserve(dims.size());
  for (const Dim& dim : dims) {
    shape.push_back(dim.At(batch));
  }
  return shape;
}

const Argument* Program::Find(const Node& node, std::string_view name) {
  for (const Argument& argument : node.arguments) {
    if (argument.name == name) {
      return &argument;
    }
  }
  return nullptr;
}

std::vector<ValueId> Program::Reads(const Node& node) {
  std::vector<ValueId> reads;
  const auto add = [&reads](ValueRef ref) {
    if (ref.id != kNone) {
      reads.push_back(ref.id);
    }
  };
  for (const Argument& argument : node.arguments) {
    if (const auto* ref = std::get_if<ValueRef>(&argument.value)) {
      add(*ref);
    } else if (const auto* refs = std::get_if<std::vector<ValueRef>>(&argument.value)) {
      for (const ValueRef each : *refs) {
        add(each);
      }
    }
  }
  return reads;
}

}  // namespace tideline
