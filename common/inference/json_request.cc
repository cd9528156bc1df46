#include "common/inference/json_request.h"

#include <limits>
#include <utility>

#include <nlohmann/json.hpp>

#include "common/inference/json_place.h"

namespace tideline {
namespace {

using Json = nlohmann::json;

using Place = JsonPlace;

// Follows the text as it is read. A member function returns false to end that.
class Reader final : public nlohmann::json_sax<Json> {
 public:
  JsonRequest& request() { return request_; }
  const absl::Status& error() const { return error_; }

  bool null() override { return Scalar("null"); }

  bool boolean(bool value) override {
    if (place() == Place::kData) {
      return AddInteger(value ? 1 : 0);
    }
    if (place() == Place::kParameters && key_ == "binary_data_output") {
      request_.binary = value;
    } else if (place() == Place::kOutputParameters && key_ == "binary_data") {
      request_.outputs.back().binary = value;
    }
    return Scalar("a boolean");
  }

  bool number_integer(int64_t value) override { return Number(value); }

  bool number_unsigned(uint64_t value) override {
    return value <= static_cast<uint64_t>(std::numeric_limits<int64_t>::max())
               ? Number(static_cast<int64_t>(value))
               : number_float(static_cast<double>(value), "");
  }

  bool number_float(double value, const std::string&) override {
    if (place() == Place::kData) {
      return AddReal(value);
    }
    if (place() == Place::kParameters && key_ == "deadline_ms") {
      request_.deadline_ms = value;
    }
    const bool is_count = (place() == Place::kInputParameters && key_ == "binary_data_size") ||
                          (place() == Place::kOutputParameters && key_ == "classification");
    return is_count ? Whole() : Scalar("a number");
  }

  bool string(std::string& value) override {
    switch (place()) {
      case Place::kRequest:
        return key_ == "id" ? Text(value, request_.id) : Scalar("a text");
      case Place::kInput:
        if (key_ == "name" || key_ == "datatype") {
          return Text(value, key_ == "name" ? request_.inputs.back().name
                                            : request_.inputs.back().datatype);
        }
        return Scalar("a text");
      case Place::kOutput:
        return key_ == "name" ? Text(value, request_.outputs.back().name) : Scalar("a text");
      case Place::kData:
        if (request_.inputs.back().texts.size() == kMaxInferElements) {
          return Fail(InvalidArgument("input '{}': has more than {} texts",
                                      request_.inputs.back().name, kMaxInferElements));
        }
        request_.inputs.back().texts.push_back(std::move(value));
        return true;
      default:
        return Scalar("a text");
    }
  }

  bool binary(Json::binary_t&) override { return WrongType("binary data"); }

  bool key(std::string& value) override {
    key_ = std::move(value);
    return true;
  }
  bool start_object(size_t) override { return Open(ObjectIn(place(), key_), "an object"); }
  bool start_array(size_t) override { return Open(ListIn(place(), key_), "a list"); }
  bool end_object() override { return Close(); }
  bool end_array() override { return Close(); }

  bool parse_error(size_t position, const std::string&, const Json::exception&) override {
    return Fail(InvalidArgument("byte {}: is not JSON", position));
  }

 private:
  Place place() const { return places_.empty() ? Place::kStart : places_.back(); }
  bool Fail(absl::Status error) {
    if (error_.ok()) {
      error_ = std::move(error);
    }
    return false;
  }
  bool WrongType(std::string_view what) {
    return Fail(InvalidArgument("key '{}': {} is not expected there", Shown(key_), what));
  }
  static std::string_view Shown(std::string_view text) { return text.substr(0, kMaxInferText); }

  // A value that isn't known is nothing to care about.
  bool Scalar(std::string_view what) { return !IsKnown(place(), key_) || WrongType(what); }
  bool Whole() {
    return Fail(InvalidArgument("parameter '{}': is not a whole number", Shown(key_)));
  }

  bool Text(std::string& value, std::string& destination) {
    if (value.size() > kMaxInferText) {
      return Fail(InvalidArgument("key '{}': has {} bytes, the limit is {}", Shown(key_),
                                  value.size(), kMaxInferText));
    }
    destination = std::move(value);
    return true;
  }

  bool Number(int64_t value) {
    switch (place()) {
      case Place::kData:
        return AddInteger(value);
      case Place::kShape: {
        Shape& shape = *request_.inputs.back().shape;
        if (shape.size() == kMaxInferRank) {
          return Fail(InvalidArgument("input '{}': has more than {} dimensions",
                                      request_.inputs.back().name, kMaxInferRank));
        }
        shape.push_back(value);
        return true;
      }
      case Place::kParameters:
        if (key_ == "deadline_ms") {
          request_.deadline_ms = static_cast<double>(value);
        }
        return true;
      case Place::kInputParameters:
        if (key_ == "binary_data_size") {
          request_.inputs.back().binary_bytes = static_cast<uint64_t>(value);
          return value >= 0 || Whole();
        }
        return true;
      case Place::kOutputParameters:
        if (key_ == "classification") {
          request_.outputs.back().classes = static_cast<int>(value);
          return (value >= 0 && value <= kMaxInferClasses) ||
                 Fail(InvalidArgument("parameter 'classification': {} is outside 0 to {}", value,
                                      kMaxInferClasses));
        }
        return true;
      default:
        return Scalar("a number");
    }
  }

  bool AddInteger(int64_t value) {
    JsonInput& input = request_.inputs.back();
    if (input.reals.empty()) {
      input.integers.push_back(value);
    } else {
      input.reals.push_back(static_cast<double>(value));
    }
    return true;
  }
  bool AddReal(double value) {
    JsonInput& input = request_.inputs.back();
    if (!input.integers.empty()) {
      input.reals.assign(input.integers.begin(), input.integers.end());
      input.integers = {};
    }
    input.reals.push_back(value);
    return true;
  }

  bool Open(Place next, std::string_view what) {
    if (next == Place::kWrong) {
      return WrongType(what);
    }
    if (places_.size() == kMaxInferDepth) {
      return Fail(InvalidArgument("lists and objects are more than {} deep", kMaxInferDepth));
    }
    const bool nested = next == place();
    places_.push_back(next);
    return nested || Enter(next);
  }

  bool Enter(Place place) {
    switch (place) {
      case Place::kInput:
        request_.inputs.emplace_back();
        return request_.inputs.size() <= kMaxInferTensors || TooMany("inputs");
      case Place::kOutput:
        request_.outputs.emplace_back();
        return request_.outputs.size() <= kMaxInferTensors || TooMany("outputs");
      case Place::kShape:
        request_.inputs.back().shape.emplace();
        return true;
      case Place::kData:
        return !std::exchange(request_.inputs.back().has_data, true) ||
               Fail(InvalidArgument("input '{}': has 'data' twice", request_.inputs.back().name));
      default:
        return true;
    }
  }

  bool TooMany(std::string_view what) {
    return Fail(InvalidArgument("{}: are more than {}", what, kMaxInferTensors));
  }

  bool Close() {
    places_.pop_back();
    return true;
  }

  JsonRequest request_;
  absl::Status error_;
  std::vector<Place> places_;
  std::string key_;
};

}  // namespace

absl::StatusOr<JsonRequest> ParseJsonRequest(std::string_view json) {
  Reader reader;
  if (!Json::sax_parse(json, &reader)) {
    return reader.error().ok() ? InvalidArgument("is not JSON") : reader.error();
  }
  return std::move(reader.request());
}

}  // namespace tideline
