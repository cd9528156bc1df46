#include "common/engine/aten/operation.h"

#include <algorithm>
#include <optional>
#include <stdexcept>
#include <utility>

#include <ATen/core/jit_type.h>

#include "common/base/overloaded.h"
#include "common/engine/aten/convert.h"

namespace tideline::aten {
namespace {

c10::TypePtr WithoutOptional(const c10::TypePtr& type) {
  const auto optional = type->cast<c10::OptionalType>();
  return optional ? optional->getElementType() : type;
}

// The type of a list's elements; nullptr for what is no list.
c10::TypePtr ElementType(const c10::TypePtr& type) {
  const auto list = WithoutOptional(type)->cast<c10::ListType>();
  return list ? list->getElementType() : nullptr;
}

c10::IValue Number(int64_t number, const c10::TypePtr& type) {
  return type->kind() == c10::TypeKind::FloatType ? c10::IValue(static_cast<double>(number))
                                                  : c10::IValue(number);
}

at::MemoryFormat ToMemoryFormat(MemoryFormat format) {
  switch (format) {
    case MemoryFormat::kContiguous:
      return at::MemoryFormat::Contiguous;
    case MemoryFormat::kPreserve:
      return at::MemoryFormat::Preserve;
    case MemoryFormat::kChannelsLast:
      return at::MemoryFormat::ChannelsLast;
    case MemoryFormat::kChannelsLast3d:
      return at::MemoryFormat::ChannelsLast3d;
  }
  return at::MemoryFormat::Preserve;
}

template <typename T>
c10::IValue List(const std::vector<T>& items, const c10::TypePtr& element) {
  c10::impl::GenericList list(element);
  list.reserve(items.size());
  for (const T item : items) {
    if constexpr (std::is_same_v<T, int64_t>) {
      list.push_back(Number(item, element));
    } else {
      list.push_back(c10::IValue(item));
    }
  }
  return list;
}

// A literal as the schema's `type` wants it. Enumerations are integers to the dispatcher. The
// network runs on `device`, whichever one it was exported on.
std::optional<c10::IValue> Literal(const ArgumentValue& value, const c10::TypePtr& type,
                                   at::Device device) {
  const c10::TypePtr element = ElementType(type);
  const auto in_list = [&](const auto& items) -> std::optional<c10::IValue> {
    return element ? std::optional(List(items, element)) : std::nullopt;
  };
  using Result = std::optional<c10::IValue>;
  return std::visit(Overloaded{
                        [](const None&) -> Result { return c10::IValue(); },
                        [&](int64_t number) -> Result {
                          return element ? List(std::vector<int64_t>{number}, element)
                                         : Number(number, WithoutOptional(type));
                        },
                        [](double number) -> Result { return c10::IValue(number); },
                        [](bool flag) -> Result { return c10::IValue(flag); },
                        [](const std::string& text) -> Result { return c10::IValue(text); },
                        [](DType dtype) -> Result {
                          return c10::IValue(static_cast<int64_t>(ToScalarType(dtype)));
                        },
                        [](MemoryFormat format) -> Result {
                          return c10::IValue(static_cast<int64_t>(ToMemoryFormat(format)));
                        },
                        [](const Layout&) -> Result {
                          return c10::IValue(static_cast<int64_t>(c10::Layout::Strided));
                        },
                        [&](const Device&) -> Result { return c10::IValue(device); },
                        [&](const std::vector<int64_t>& items) { return in_list(items); },
                        [&](const std::vector<double>& items) { return in_list(items); },
                        [&](const std::vector<bool>& items) { return in_list(items); },
                        [](const auto&) -> Result { return std::nullopt; },
                    },
                    value);
}

// A list on the stack gives way to what it holds.
void Spread(Stack& stack) {
  const c10::impl::GenericList list = std::move(stack.at(0)).toList();
  stack.clear();
  for (size_t i = 0; i < list.size(); ++i) {
    stack.push_back(list.get(i));
  }
}

}  // namespace

absl::StatusOr<Operation> Operation::Create(const Node& node, c10::OperatorHandle op,
                                            const ValueTable& constants, at::Device device) {
  Operation operation(std::move(op));
  const c10::FunctionSchema& schema = operation.op_.schema();
  if (schema.is_mutable()) {
    return Unimplemented(
        "it writes into its arguments; export the network with "
        "program.run_decompositions({{}})");
  }
  for (const Argument& given : node.arguments) {
    if (!schema.argumentIndexWithName(given.name)) {
      return Unimplemented("LibTorch's operator has no argument '{}'", given.name);
    }
  }
  operation.outputs_ = node.outputs;
  operation.returns_list_ = node.returns_list;
  operation.arguments_.resize(schema.arguments().size());
  for (size_t i = 0; i < schema.arguments().size(); ++i) {
    const c10::Argument& declared = schema.arguments()[i];
    if (const Argument* given = Program::Find(node, declared.name()); given != nullptr) {
      RETURN_IF_ERROR(operation.Bind(i, given->value, constants, device));
    } else if (declared.default_value()) {
      operation.arguments_[i] = *declared.default_value();
    } else {
      return Unimplemented("argument '{}' is not given and has no default", declared.name());
    }
  }
  return operation;
}

absl::Status Operation::Bind(size_t index, const ArgumentValue& value, const ValueTable& constants,
                             at::Device device) {
  const c10::Argument& declared = op_.schema().arguments()[index];
  const c10::TypePtr element = ElementType(declared.type());
  if (const auto* ref = std::get_if<ValueRef>(&value)) {
    if (ref->id != kNone && constants[ref->id].isNone()) {
      late_.push_back({index, *ref, nullptr});
    } else if (ref->id != kNone) {
      arguments_[index] = constants[ref->id];
    }
  } else if (const auto* refs = std::get_if<std::vector<ValueRef>>(&value); refs && element) {
    late_.push_back({index, *refs, element});
  } else if (const auto* size = std::get_if<Dim>(&value)) {
    late_.push_back({index, *size, nullptr});
  } else if (const auto* sizes = std::get_if<std::vector<Dim>>(&value); sizes && element) {
    late_.push_back({index, *sizes, element});
  } else if (auto literal = Literal(value, declared.type(), device)) {
    arguments_[index] = *std::move(literal);
  } else {
    return Unimplemented("argument '{}' cannot become a {}", declared.name(),
                         declared.type()->str());
  }
  return absl::OkStatus();
}

c10::IValue Operation::Late::Resolve(int64_t batch, const ValueTable& values) const {
  const auto list_of = [&](const auto& items, const auto& resolve) {
    c10::impl::GenericList list(element);
    list.reserve(items.size());
    for (const auto& item : items) {
      list.push_back(resolve(item));
    }
    return c10::IValue(std::move(list));
  };
  const auto value = [&](const ValueRef& ref) {
    return ref.id == kNone ? c10::IValue() : values[ref.id];
  };
  const auto size = [&](const Dim& item) { return c10::IValue(item.At(batch)); };
  return std::visit(Overloaded{
                        [&](const ValueRef& ref) { return value(ref); },
                        [&](const Dim& item) { return size(item); },
                        [&](const std::vector<ValueRef>& items) { return list_of(items, value); },
                        [&](const std::vector<Dim>& items) { return list_of(items, size); },
                    },
                    source);
}

void Operation::UseForBatches(const std::string& name, c10::IValue value) {
  const auto index = op_.schema().argumentIndexWithName(name);
  TORCH_CHECK(index, "the operator has no argument ", name);
  for_batches_.emplace_back(*index, std::move(value));
}

void Operation::Run(int64_t batch, ValueTable& values, Stack& stack) const {
  stack.assign(arguments_.begin(), arguments_.end());
  for (const Late& late : late_) {
    stack[late.argument] = late.Resolve(batch, values);
  }
  if (batch > 1) {
    for (const auto& [argument, value] : for_batches_) {
      stack[argument] = value;
    }
  }
  op_.callBoxed(stack);
  if (returns_list_) {
    Spread(stack);
  }
  if (stack.size() < outputs_.size()) {
    throw std::runtime_error(
        fmt::format("gave {} results, the model file names {}", stack.size(), outputs_.size()));
  }
  for (size_t i = 0; i < outputs_.size(); ++i) {
    if (outputs_[i] != kNone) {
      values[outputs_[i]] = std::move(stack[i]);
    }
  }
  stack.clear();
}

std::optional<c10::OperatorHandle> FindOperator(const std::string& target) {
  const size_t first = target.find('.');
  const size_t last = target.rfind('.');
  if (first == std::string::npos || first == last) {
    return std::nullopt;
  }
  const std::string overload = target.substr(last + 1);
  return c10::Dispatcher::singleton().findSchema(
      {target.substr(0, first) + "::" + target.substr(first + 1, last - first - 1),
       overload == "default" ? "" : overload});
}

}  // namespace tideline::aten
