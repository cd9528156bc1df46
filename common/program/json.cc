#include "common/program/json.h"

#include <limits>

#include "common/base/json_check.h"

namespace tideline {

absl::StatusOr<Json> ParseJson(std::span<const std::byte> text, const ProgramLimits& limits) {
  const std::string_view letters(reinterpret_cast<const char*>(text.data()), text.size());
  const absl::Status checked = CheckJson(
      letters,
      {.bytes = limits.json_bytes, .values = limits.json_values, .depth = limits.json_depth});
  if (!checked.ok()) {
    return DataLoss("{}", std::string(checked.message()));
  }
  Json json = Json::parse(letters, /*cb=*/nullptr, /*allow_exceptions=*/false);
  if (json.is_discarded()) {
    return DataLoss("not JSON");
  }
  return json;
}

const Json* Member(const Json& json, const char* key) {
  if (!json.is_object()) {
    return nullptr;
  }
  const auto found = json.find(key);
  return found == json.end() || found->is_null() ? nullptr : &*found;
}

absl::StatusOr<const Json*> ObjectAt(const Json& json, const char* key) {
  const Json* member = Member(json, key);
  if (member == nullptr || !member->is_object()) {
    return DataLoss("'{}' is missing or no object", key);
  }
  return member;
}

absl::StatusOr<const Json*> ArrayAt(const Json& json, const char* key) {
  const Json* member = Member(json, key);
  if (member == nullptr || !member->is_array()) {
    return DataLoss("'{}' is missing or no list", key);
  }
  return member;
}

absl::StatusOr<std::string> StringAt(const Json& json, const char* key) {
  const Json* member = Member(json, key);
  if (member == nullptr || !member->is_string()) {
    return DataLoss("'{}' is missing or no string", key);
  }
  return member->get_ref<const std::string&>();
}

absl::StatusOr<int64_t> IntAt(const Json& json, const char* key) {
  const Json* member = Member(json, key);
  if (member == nullptr) {
    return DataLoss("'{}' is missing", key);
  }
  return ToInt(*member, key);
}

absl::StatusOr<int64_t> ToInt(const Json& json, std::string_view what) {
  if (json.is_number_unsigned()) {
    const uint64_t number = json.get<uint64_t>();
    if (number <= static_cast<uint64_t>(std::numeric_limits<int64_t>::max())) {
      return static_cast<int64_t>(number);
    }
  } else if (json.is_number_integer()) {
    return json.get<int64_t>();
  }
  return DataLoss("'{}' is no 64-bit integer", what);
}

absl::StatusOr<double> ToDouble(const Json& json, std::string_view what) {
  if (json.is_number()) {
    return json.get<double>();
  }
  if (json == "Infinity") {
    return std::numeric_limits<double>::infinity();
  }
  if (json == "-Infinity") {
    return -std::numeric_limits<double>::infinity();
  }
  if (json == "NaN") {
    return std::numeric_limits<double>::quiet_NaN();
  }
  return DataLoss("'{}' is no number", what);
}

absl::StatusOr<std::pair<std::string, const Json*>> ToUnion(const Json& json) {
  if (!json.is_object() || json.size() != 1) {
    return DataLoss("expected one tagged value such as {{\"as_int\": 5}}");
  }
  return std::pair<std::string, const Json*>(json.begin().key(), &json.begin().value());
}

}  // namespace tideline
