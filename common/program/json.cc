#include "common/program/json.h"

#include <limits>

namespace tideline {
namespace {

// Walks the text once and stores nothing, so that a hostile file costs no memory.
class Guard : public nlohmann::json_sax<Json> {
 public:
  explicit Guard(const ProgramLimits& limits) : limits_(limits) {}

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
    if (++values_ > limits_.json_values) {
      status_ = DataLoss("JSON has more than {} values", limits_.json_values);
      return false;
    }
    return true;
  }

  bool Open() {
    if (++depth_ > limits_.json_depth) {
      status_ = DataLoss("JSON is nested deeper than {}", limits_.json_depth);
      return false;
    }
    return Count();
  }

  bool Close() {
    --depth_;
    return true;
  }

  const ProgramLimits& limits_;
  size_t values_ = 0;
  int depth_ = 0;
  absl::Status status_;
};

}  // namespace

absl::StatusOr<Json> ParseJson(std::span<const std::byte> text, const ProgramLimits& limits) {
  if (text.size() > limits.json_bytes) {
    return DataLoss("JSON has {} bytes, at most {} are read", text.size(), limits.json_bytes);
  }
  const char* begin = reinterpret_cast<const char*>(text.data());
  const char* end = begin + text.size();
  Guard guard(limits);
  if (!Json::sax_parse(begin, end, &guard)) {
    return guard.status();
  }
  Json json = Json::parse(begin, end, /*cb=*/nullptr, /*allow_exceptions=*/false);
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
