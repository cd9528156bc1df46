#include "common/program/arguments.h"

#include <algorithm>
#include <vector>

#include "common/program/tensor_meta.h"

namespace tideline {
namespace {

using Result = absl::StatusOr<ArgumentValue>;
using Reader = Result (*)(const Json& json, const ArgumentScope& scope);

// Reads a list, each element with `read(element)`, into an argument.
template <typename T, typename Read>
Result ReadList(const Json& json, Read read) {
  if (!json.is_array()) {
    return DataLoss("expected a list");
  }
  std::vector<T> list;
  for (const Json& each : json) {
    ASSIGN_OR_RETURN(T element, read(each));
    list.push_back(std::move(element));
  }
  return list;
}

template <typename T>
Result Wrap(absl::StatusOr<T> value) {
  if (!value.ok()) {
    return value.status();
  }
  return ArgumentValue(*std::move(value));
}

absl::StatusOr<bool> ToBool(const Json& json) {
  if (!json.is_boolean()) {
    return DataLoss("expected true or false");
  }
  return json.get<bool>();
}

absl::StatusOr<ValueRef> ToRef(const Json& json, const ArgumentScope& scope) {
  ASSIGN_OR_RETURN(const std::string name, StringAt(json, "name"));
  ASSIGN_OR_RETURN(const ValueId id, scope.value(name));
  return ValueRef{id};
}

// {"as_tensor": …} or {"as_none": true}
absl::StatusOr<ValueRef> ToOptionalRef(const Json& json, const ArgumentScope& scope) {
  ASSIGN_OR_RETURN(const auto tagged, ToUnion(json));
  if (tagged.first == "as_none") {
    return ValueRef{};
  }
  if (tagged.first != "as_tensor") {
    return DataLoss("expected a tensor or none, found '{}'", tagged.first);
  }
  return ToRef(*tagged.second, scope);
}

absl::StatusOr<Dim> ToSize(const Json& json, const ArgumentScope& scope) {
  ASSIGN_OR_RETURN(const auto tagged, ToUnion(json));
  if (tagged.first == "as_int") {
    ASSIGN_OR_RETURN(const int64_t number, ToInt(*tagged.second, "as_int"));
    return Dim{number, 0};
  }
  if (tagged.first != "as_name" || !tagged.second->is_string()) {
    return DataLoss("expected a number or the name of a size, found '{}'", tagged.first);
  }
  return scope.size(tagged.second->get_ref<const std::string&>());
}

Result ReadOptionalTensor(const Json& json, const ArgumentScope& scope) {
  ASSIGN_OR_RETURN(const ValueRef ref, ToOptionalRef(json, scope));
  return ref.id == kNone ? ArgumentValue(None{}) : ArgumentValue(ref);
}

Result ReadSymInt(const Json& json, const ArgumentScope& scope) {
  ASSIGN_OR_RETURN(const Dim dim, ToSize(json, scope));
  return dim.per_batch == 0 ? ArgumentValue(dim.constant) : ArgumentValue(dim);
}

Result ReadSymInts(const Json& json, const ArgumentScope& scope) {
  ASSIGN_OR_RETURN(ArgumentValue list,
                   ReadList<Dim>(json, [&](const Json& each) { return ToSize(each, scope); }));
  const auto& dims = std::get<std::vector<Dim>>(list);
  if (std::ranges::any_of(dims, [](const Dim& dim) { return dim.per_batch != 0; })) {
    return list;
  }
  std::vector<int64_t> constants;
  constants.reserve(dims.size());
  for (const Dim& dim : dims) {
    constants.push_back(dim.constant);
  }
  return constants;
}

Result ReadDevice(const Json& json, const ArgumentScope&) {
  ASSIGN_OR_RETURN(std::string type, StringAt(json, "type"));
  return Device{std::move(type)};
}

Result ReadString(const Json& json, const ArgumentScope&) {
  if (!json.is_string()) {
    return DataLoss("expected a string");
  }
  return json.get_ref<const std::string&>();
}

struct Kind {
  std::string_view name;
  Reader read;
};

constexpr Kind kKinds[] = {
    {"as_none", [](const Json&, const ArgumentScope&) -> Result { return None{}; }},
    {"as_tensor", [](const Json& j, const ArgumentScope& s) { return Wrap(ToRef(j, s)); }},
    {"as_tensors",
     [](const Json& j, const ArgumentScope& s) {
       return ReadList<ValueRef>(j, [&](const Json& each) { return ToRef(each, s); });
     }},
    {"as_optional_tensor", ReadOptionalTensor},
    {"as_optional_tensors",
     [](const Json& j, const ArgumentScope& s) {
       return ReadList<ValueRef>(j, [&](const Json& each) { return ToOptionalRef(each, s); });
     }},
    {"as_int", [](const Json& j, const ArgumentScope&) { return Wrap(ToInt(j, "as_int")); }},
    {"as_ints",
     [](const Json& j, const ArgumentScope&) {
       return ReadList<int64_t>(j, [](const Json& each) { return ToInt(each, "as_ints"); });
     }},
    {"as_float", [](const Json& j, const ArgumentScope&) { return Wrap(ToDouble(j, "as_float")); }},
    {"as_floats",
     [](const Json& j, const ArgumentScope&) {
       return ReadList<double>(j, [](const Json& each) { return ToDouble(each, "as_floats"); });
     }},
    {"as_bool", [](const Json& j, const ArgumentScope&) { return Wrap(ToBool(j)); }},
    {"as_bools", [](const Json& j, const ArgumentScope&) { return ReadList<bool>(j, ToBool); }},
    {"as_string", ReadString},
    {"as_sym_int", ReadSymInt},
    {"as_sym_ints", ReadSymInts},
    {"as_scalar_type", [](const Json& j, const ArgumentScope&) { return Wrap(ReadDType(j)); }},
    {"as_memory_format",
     [](const Json& j, const ArgumentScope&) { return Wrap(ReadMemoryFormat(j)); }},
    {"as_layout", [](const Json& j, const ArgumentScope&) { return Wrap(ReadLayout(j)); }},
    {"as_device", ReadDevice},
};

}  // namespace

absl::StatusOr<ArgumentValue> ReadArgument(const Json& json, const ArgumentScope& scope) {
  ASSIGN_OR_RETURN(const auto tagged, ToUnion(json));
  for (const Kind& kind : kKinds) {
    if (tagged.first == kind.name) {
      return kind.read(*tagged.second, scope);
    }
  }
  return Unimplemented("arguments of the kind '{}' do not run", tagged.first);
}

}  // namespace tideline
