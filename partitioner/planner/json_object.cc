#include "partitioner/planner/json_object.h"

#include <cmath>
#include <utility>

namespace tideline {
namespace {

const Json& EmptyObject() {
  static const Json& empty = *new Json(Json::object());
  return empty;
}

}  // namespace

absl::StatusOr<Json> ParseLimitedJson(std::string_view text, const JsonLimits& limits) {
  RETURN_IF_ERROR(CheckJson(text, limits));
  Json json = Json::parse(text, /*cb=*/nullptr, /*allow_exceptions=*/false);
  if (json.is_discarded()) {
    return DataLoss("not JSON");
  }
  return json;
}

JsonObject::JsonObject(const Json& json, std::string place, absl::Status& status)
    : json_(json.is_object() ? json : EmptyObject()), place_(std::move(place)), status_(status) {
  if (!json.is_object()) {
    Fail(DataLoss("no object"));
  }
}

bool JsonObject::Has(const char* key) const {
  const auto found = json_.find(key);
  return found != json_.end() && !found->is_null();
}

void JsonObject::Fail(const absl::Status& error) {
  if (status_.ok()) {
    status_ = place_.empty() ? error : Annotate(error, place_);
  }
}

const Json* JsonObject::Find(const char* key) {
  if (!ok()) {
    return nullptr;
  }
  if (!Has(key)) {
    Fail(DataLoss("'{}' is missing", key));
    return nullptr;
  }
  return &*json_.find(key);
}

std::string JsonObject::Text(const char* key) {
  const Json* member = Find(key);
  if (member != nullptr && !member->is_string()) {
    Fail(DataLoss("'{}' is no text", key));
  }
  return ok() ? member->get<std::string>() : "";
}

double JsonObject::Number(const char* key, double min, double max) {
  const Json* member = Find(key);
  if (member != nullptr && !member->is_number()) {
    Fail(DataLoss("'{}' is no number", key));
  }
  if (!ok()) {
    return 0;
  }
  const auto number = member->get<double>();
  if (!(number >= min && number <= max)) {
    Fail(InvalidArgument("'{}' is {}, it must be from {} to {}", key, number, min, max));
  }
  return number;
}

double JsonObject::NumberOr(const char* key, double otherwise, double max) {
  return Has(key) ? Number(key, 0, max) : otherwise;
}

int64_t JsonObject::Integer(const char* key, int64_t min, int64_t max) {
  const double number = Number(key, static_cast<double>(min), static_cast<double>(max));
  if (ok() && number != std::floor(number)) {
    Fail(InvalidArgument("'{}' is {}, it must be a whole number", key, number));
  }
  return ok() ? static_cast<int64_t>(number) : 0;
}

JsonObject JsonObject::Object(const char* key) {
  const Json* member = Find(key);
  return JsonObject(member == nullptr ? EmptyObject() : *member, key, status_);
}

void JsonObject::ForEach(const char* key, size_t limit,
                         const std::function<void(const Json&)>& read) {
  if (!ok() || !Has(key)) {
    return;
  }
  const Json& list = *json_.find(key);
  if (!list.is_array()) {
    return Fail(DataLoss("'{}' is no list", key));
  }
  if (list.size() > limit) {
    return Fail(
        ResourceExhausted("'{}' has {} elements, at most {} are read", key, list.size(), limit));
  }
  for (const Json& element : list) {
    if (ok()) {
      read(element);
    }
  }
}

std::string JsonObject::Place(const char* key, size_t index) const {
  return fmt::format("{}{}{}[{}]", place_, place_.empty() ? "" : ".", key, index);
}

}  // namespace tideline
