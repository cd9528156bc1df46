#pragma once

#include <cstdint>
#include <functional>
#include <limits>
#include <string>
#include <string_view>
#include <utility>

#include <nlohmann/json.hpp>

#include "common/base/json_check.h"
#include "common/base/status.h"

// JSON objects from outside, read without exceptions. Private to partitioner/planner.
namespace tideline {

using Json = nlohmann::json;

// Pure. Errors: those of CheckJson.
absl::StatusOr<Json> ParseLimitedJson(std::string_view text, const JsonLimits& limits);

// One object. The first error of all objects that share a status is kept there, with the place in
// the document in front; every later reading gives an empty value. Thread-compatible; borrows
// everything.
class JsonObject {
 public:
  JsonObject(const Json& json, std::string place, absl::Status& status);

  bool ok() const { return status_.ok(); }
  bool Has(const char* key) const;
  // Records an error of this object.
  void Fail(const absl::Status& error);

  std::string Text(const char* key);
  double Number(const char* key, double min, double max);
  double NumberOr(const char* key, double otherwise, double max);  // from 0
  int64_t Integer(const char* key, int64_t min, int64_t max);
  JsonObject Object(const char* key);
  // Calls `read` for every element of a list, which may be absent.
  void ForEach(const char* key, size_t limit, const std::function<void(const Json&)>& read);
  // "engines[3]"
  std::string Place(const char* key, size_t index) const;

 private:
  const Json* Find(const char* key);

  const Json& json_;
  std::string place_;
  absl::Status& status_;
};

// Reads a whole document by `read(json, status)`. Errors: those of ParseLimitedJson and what is in
// `status` after it, with `filename` in front.
template <typename Read>
auto ReadDocument(std::string_view text, const JsonLimits& limits, const std::string& filename,
                  const Read& read)
    -> absl::StatusOr<decltype(read(std::declval<const Json&>(), std::declval<absl::Status&>()))> {
  const absl::StatusOr<Json> json = ParseLimitedJson(text, limits);
  if (!json.ok()) {
    return Annotate(json.status(), filename);
  }
  absl::Status status;
  auto document = read(*json, status);
  if (!status.ok()) {
    return Annotate(status, filename);
  }
  return document;
}

}  // namespace tideline
