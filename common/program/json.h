#pragma once

#include <cstddef>
#include <cstdint>
#include <span>
#include <string>
#include <string_view>
#include <utility>

#include <nlohmann/json.hpp>

#include "common/base/status.h"
#include "common/program/load.h"

// JSON from outside, read without exceptions. Private to common/program. All functions are pure.
namespace tideline {

using Json = nlohmann::json;

// Parses within limits.json_bytes, json_depth and json_values, which are checked before anything is
// built. Errors: DataLoss.
absl::StatusOr<Json> ParseJson(std::span<const std::byte> text, const ProgramLimits& limits);

// The member `key` of an object; nullptr where `json` is no object, has none, or it is null.
const Json* Member(const Json& json, const char* key);

// The same, of a stated type. Errors: DataLoss naming the key.
absl::StatusOr<const Json*> ObjectAt(const Json& json, const char* key);
absl::StatusOr<const Json*> ArrayAt(const Json& json, const char* key);
absl::StatusOr<std::string> StringAt(const Json& json, const char* key);
absl::StatusOr<int64_t> IntAt(const Json& json, const char* key);

// A number, `what` for the error's text. Doubles may be "Infinity", "-Infinity", "NaN".
absl::StatusOr<int64_t> ToInt(const Json& json, std::string_view what);
absl::StatusOr<double> ToDouble(const Json& json, std::string_view what);

// A tagged union of the schema, {"as_int": 5}: its one key and value. Errors: DataLoss.
absl::StatusOr<std::pair<std::string, const Json*>> ToUnion(const Json& json);

}  // namespace tideline
