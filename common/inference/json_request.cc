#include "common/inference/json_request.h"

#include <limits>
#include <utility>

#include <nlohmann/json.hpp>

namespace tideline {
namespace {

using Json = nlohmann::json;

// What the innermost list or object is.
enum class Place {
  kStart,  // nothing is open
  kRequest,
  kParameters,
  kInputs,
  kInput,
  kShape,
  kInputParameters,
  kData,
  kOutputs,
  kOutput,
  kOutputParameters,
  kSkipped,  // of a key that isn't known
};

// Follows the text as it is read. A member function returns false to end that.
class Reader final : public nlohmann::json_sax<Json> {
 public:
  JsonRequest& request() { return request_; }
  const absl::Status& error() const { return error_; }

  bool null() override { return place() == Place::kSkipped || WrongType("null"); }

  bool boolean(bool value) override {
    if (place() == Place::kRequest || place() == Place::kSkipped) {
      return Scalar("a boolean");
    }
    if (place() == Place::kData) {
      return AddInteger(value ? 1 : 0);
    }
    if (place() == Place::kParameters && key_ == "binary_data_output") {
      request_.binary = value;
    } else if (place() == Place::kOutputParameters && key_ == "binary_data") {
      request_.outputs.back().binary = value;
    }
    return IsParameters() || WrongType("a boolean");
  }

  bool number_integer(int64_t value) override { return Number(value); }

  bool number_unsigned(uint64_t value) override {
    return value <= static_cast<uint64_t>(std::numeric_limits<int64_t>::max())
               ? Number(static_cast<int64_t>(value))
               : number_float(static_cast<double>(value), "");
  }

  bool number_float(double value, const std::string&) override {
    switch (place()) {
      case Place::kData:
        return AddReal(value);
      case Place::kParameters:
        if (key_ == "deadline_ms") {
          request_.deadline_ms = value;
        }
        return true;
      default:
        return IsParameters() ? Whole() : Scalar("a number");
    }
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
        return IsParameters() || place() == Place::kSkipped || WrongType("a text");
    }
  }

  bool binary(Json::binary_t&) override { return WrongType("binary data"); }

  bool key(std::string& value) override {
    key_ = std::move(value);
    return true;
  }
  bool start_object(size_t) override { return Open(ObjectPlace()); }
  bool start_array(size_t) override { return Open(ArrayPlace()); }
  bool end_object() override { return Close(); }
  bool end_array() override { return Close(); }

  bool parse_error(size_t position, const std::string&, const Json::exception&) override {
    return Fail(InvalidArgument("byte {}: is not JSON", position));
  }

 private:
  Place place() const { return places_.empty() ? Place::kStart : places_.back(); }
  bool IsParameters() const {
    return place() == Place::kParameters || place() == Place::kInputParameters ||
           place() == Place::kOutputParameters;
  }

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

  // A value of an object whose key isn't known is nothing to care about.
  bool Scalar(std::string_view what) {
    const bool known =
        (place() == Place::kRequest &&
         (key_ == "id" || key_ == "inputs" || key_ == "outputs" || key_ == "parameters")) ||
        (place() == Place::kInput && (key_ == "name" || key_ == "datatype" || key_ == "shape" ||
                                      key_ == "data" || key_ == "parameters")) ||
        (place() == Place::kOutput && (key_ == "name" || key_ == "parameters")) ||
        place() == Place::kInputs || place() == Place::kOutputs || place() == Place::kShape ||
        place() == Place::kStart;
    return !known || WrongType(what);
  }
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

  Place ObjectPlace() {
    switch (place()) {
      case Place::kStart:
        return Place::kRequest;
      case Place::kRequest:
        return key_ == "parameters" ? Place::kParameters : Unknown({"id", "inputs", "outputs"});
      case Place::kInputs:
        return request_.inputs.size() < kMaxInferTensors ? NewInput() : TooMany("inputs");
      case Place::kOutputs:
        return request_.outputs.size() < kMaxInferTensors ? NewOutput() : TooMany("outputs");
      case Place::kInput:
        return key_ == "parameters" ? Place::kInputParameters
                                    : Unknown({"name", "datatype", "shape", "data"});
      case Place::kOutput:
        return key_ == "parameters" ? Place::kOutputParameters : Unknown({"name"});
      case Place::kShape:
      case Place::kData:
        WrongType("an object");
        return Place::kSkipped;
      default:
        return Place::kSkipped;
    }
  }

  Place ArrayPlace() {
    switch (place()) {
      case Place::kRequest:
        return key_ == "inputs"    ? Place::kInputs
               : key_ == "outputs" ? Place::kOutputs
                                   : Unknown({"id", "parameters"});
      case Place::kInput:
        return key_ == "shape"  ? NewShape()
               : key_ == "data" ? NewData()
                                : Unknown({"name", "datatype", "parameters"});
      case Place::kOutput:
        return Unknown({"name", "parameters"});
      case Place::kData:
        return Place::kData;
      case Place::kStart:
      case Place::kInputs:
      case Place::kOutputs:
      case Place::kShape:
        WrongType("a list");
        return Place::kSkipped;
      default:
        return Place::kSkipped;
    }
  }

  Place Unknown(std::initializer_list<std::string_view> others) {
    for (const std::string_view known : others) {
      if (key_ == known) {
        WrongType("a list or an object");
      }
    }
    return Place::kSkipped;
  }
  Place TooMany(std::string_view what) {
    Fail(InvalidArgument("{}: are more than {}", what, kMaxInferTensors));
    return Place::kSkipped;
  }
  Place NewInput() {
    request_.inputs.emplace_back();
    return Place::kInput;
  }
  Place NewOutput() {
    request_.outputs.emplace_back();
    return Place::kOutput;
  }
  Place NewShape() {
    request_.inputs.back().shape.emplace();
    return Place::kShape;
  }
  Place NewData() {
    if (std::exchange(request_.inputs.back().has_data, true)) {
      Fail(InvalidArgument("input '{}': has 'data' twice", request_.inputs.back().name));
    }
    return Place::kData;
  }

  bool Open(Place next) {
    if (places_.size() == kMaxInferDepth) {
      return Fail(InvalidArgument("lists and objects are more than {} deep", kMaxInferDepth));
    }
    places_.push_back(next);
    return error_.ok();
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
