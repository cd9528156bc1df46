#include "common/engine/openvino/node_arguments.h"

namespace tideline::openvino {

ArgumentValue Resolve(const ArgumentValue& value, int64_t batch) {
  if (const auto* dim = std::get_if<Dim>(&value)) {
    return dim->At(batch);
  }
  if (const auto* dims = std::get_if<std::vector<Dim>>(&value)) {
    std::vector<int64_t> sizes;
    sizes.reserve(dims->size());
    for (const Dim& dim : *dims) {
      sizes.push_back(dim.At(batch));
    }
    return sizes;
  }
  return value;
}

ArgumentValue NodeArguments::Get(std::string_view name) const {
  const Argument* argument = Program::Find(node_, name);
  return argument == nullptr ? ArgumentValue(None{}) : Resolve(argument->value, batch_);
}

bool NodeArguments::Has(std::string_view name) const {
  return !std::holds_alternative<None>(Get(name));
}

int64_t NodeArguments::Int(std::string_view name, int64_t fallback) const {
  const ArgumentValue value = Get(name);
  const auto* number = std::get_if<int64_t>(&value);
  return number == nullptr ? fallback : *number;
}

double NodeArguments::Number(std::string_view name, double fallback) const {
  const ArgumentValue value = Get(name);
  if (const auto* number = std::get_if<double>(&value)) {
    return *number;
  }
  const auto* whole = std::get_if<int64_t>(&value);
  return whole == nullptr ? fallback : static_cast<double>(*whole);
}

bool NodeArguments::Flag(std::string_view name, bool fallback) const {
  const ArgumentValue value = Get(name);
  const auto* flag = std::get_if<bool>(&value);
  return flag == nullptr ? fallback : *flag;
}

std::vector<int64_t> NodeArguments::Ints(std::string_view name, size_t count,
                                         int64_t fallback) const {
  const ArgumentValue value = Get(name);
  if (const auto* list = std::get_if<std::vector<int64_t>>(&value); list && !list->empty()) {
    return list->size() == 1 ? std::vector<int64_t>(count, list->front()) : *list;
  }
  const auto* number = std::get_if<int64_t>(&value);
  return std::vector<int64_t>(count, number == nullptr ? fallback : *number);
}

Shape NodeArguments::ShapeOf(std::string_view name) const {
  const ArgumentValue value = Get(name);
  const auto* ref = std::get_if<ValueRef>(&value);
  return ref == nullptr || ref->id == kNone ? Shape{} : program_.values[ref->id].ShapeAt(batch_);
}

Shape NodeArguments::OutputShape() const {
  return program_.values[node_.outputs.front()].ShapeAt(batch_);
}

DType NodeArguments::OutputType() const { return program_.values[node_.outputs.front()].dtype; }

}  // namespace tideline::openvino
