#include "partitioner/planner/json_object.h"

#include <cmath>
#include <utility>

namespace tideline {
namespace {

const Json& EmptyObject() {
  static const Json& empty = *new Json(Json::object());
  return empty;
}

// Walks the text once and stores nothing, so that a hostile file costs no memory.
class Guard : public nlohmann::json_sax<Json> {
 public:
  explicit Guard(const JsonLimits& limits) : limits_(limits) {}

  bool null() override { return Count(); }
  bool boolean(bool) override { return Count(); }
  bool number_integer(number_integer_t) override { return Count(); }
  bool number_unsigned(number_unsigned_t) override { return Count(); }
  bool number_float(number_float_t, const string_t&) override { return Count(); }
  bool string(string_t&) override { return Count(); }
  bool binary(binary_t&) override { return Count(); }
  bool key(string_t&) override { return Count(); }
  bool start_object(std::size_t) override { return Open(); }
  bool end_object() override { return Close(); }
  bool start_array(std::size_t) override { return Open(); }
  bool end_array() override { return Close(); }
  bool parse_error(std::size_t position, const std::string&,
                   const nlohmann::json::exception&) override {
    status_ = DataLoss("not JSON at byte {}", position);
    return false;
  }

  const absl::Status& status() const { return status_; }

 private:
  bool Count() {
    if (++values_ > limits_.values) {
      status_ = ResourceExhausted("more than {} values", limits_.values);
      return false;
    }
    return true;
  }

  bool Open() {
    if (++depth_ > limits_.depth) {
      status_ = ResourceExhausted("nested deeper than {}", limits_.depth);
      return false;
    }
    return Count();
  }

  bool Close() {
    --depth_;
    return true;
  }

  const JsonLimits& limits_;
  size_t values_ = 0;
  int depth_ = 0;
  absl::Status status_;
};

}  // namespace

absl::StatusOr<Json> ParseLimitedJson(std::string_view text, const JsonLimits& limits) {
  if (text.size() > limits.bytes) {
    return ResourceExhausted("{} bytes, at most {} are read", text.size(), limits.bytes);
  }
  Guard guard(limits);
  if (!Json::sax_parse(text, &guard)) {
    return guard.status();
  }
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
