#include "edge/control/body.h"

#include <algorithm>
#include <cmath>
#include <initializer_list>
#include <string_view>
#include <utility>

#include <nlohmann/json.hpp>

#include "common/config/value.h"

namespace tideline {
namespace {

using Json = nlohmann::json;

constexpr double kMaxDeadlineMs = 3.6e6;
constexpr double kMinRate = 1e3;  // bits per second
constexpr double kMaxRate = 1e12;
constexpr size_t kMaxName = 1024;

// An object with no keys but these.
absl::StatusOr<Json> ParseObject(const std::string& body,
                                 std::initializer_list<std::string_view> keys) {
  Json json = Json::parse(body, /*cb=*/nullptr, /*allow_exceptions=*/false);
  if (!json.is_object()) {
    return InvalidArgument("the body is not a JSON object");
  }
  for (const auto& [key, value] : json.items()) {
    if (std::ranges::find(keys, key) == keys.end()) {
      return InvalidArgument(
          "'{}' is not known here; known are: {}", key,
          keys.size() == 0 ? "no keys" : fmt::format("{}", fmt::join(keys, ", ")));
    }
  }
  return json;
}

absl::StatusOr<double> ParseNumber(const Json& json, const char* key, double low, double high) {
  if (json.is_number()) {
    if (const auto value = json.get<double>(); value >= low && value <= high) {
      return value;
    }
  }
  return InvalidArgument("'{}' is a number from {} to {}, or null", key, low, high);
}

absl::StatusOr<std::string> ParseText(const Json& json, const char* key) {
  const auto* text = json.get_ptr<const std::string*>();
  if (text == nullptr || text->empty() || text->size() > kMaxName) {
    return InvalidArgument("'{}' is a text of 1 to {} bytes", key, kMaxName);
  }
  return *text;
}

}  // namespace

absl::Status ParseNothing(const std::string& body) {
  return body.empty() ? absl::OkStatus() : ParseObject(body, {}).status();
}

absl::StatusOr<Overrides::Pin> ParsePin(const std::string& body) {
  ASSIGN_OR_RETURN(const Json json, ParseObject(body, {"cut", "codec"}));
  Overrides::Pin pin;
  ASSIGN_OR_RETURN(pin.cut, ParseText(json.value("cut", Json()), "cut"));
  if (pin.cut == "auto") {
    return InvalidArgument("'cut' is 'edge', 'input' or a frontier's name; to choose it is unpin");
  }
  if (const Json codec = json.value("codec", Json()); !codec.is_null()) {
    ASSIGN_OR_RETURN(pin.codec, ParseText(codec, "codec"));
  }
  return pin;
}

absl::StatusOr<TargetChange> ParseTarget(const std::string& body) {
  ASSIGN_OR_RETURN(const Json json, ParseObject(body, {"deadline_ms", "tail"}));
  if (json.empty()) {
    return InvalidArgument("there is neither 'deadline_ms' nor 'tail'");
  }
  TargetChange change;
  if (const auto deadline = json.find("deadline_ms"); deadline != json.end()) {
    change.deadline = absl::InfiniteDuration();
    if (!deadline->is_null()) {
      ASSIGN_OR_RETURN(const double ms, ParseNumber(*deadline, "deadline_ms", 1, kMaxDeadlineMs));
      change.deadline = absl::Microseconds(std::round(1000 * ms));
    }
  }
  if (const auto tail = json.find("tail"); tail != json.end()) {
    ASSIGN_OR_RETURN(const std::string name, ParseText(*tail, "tail"));
    TailMode mode;
    RETURN_IF_ERROR(Annotate(ParseValue(name, mode), "tail"));
    change.tail = mode;
  }
  return change;
}

std::string ToString(const TargetChange& change) {
  std::string text;
  if (change.deadline) {
    text = *change.deadline == absl::InfiniteDuration()
               ? "there is no deadline"
               : "the deadline is " + Format(*change.deadline);
  }
  if (change.tail) {
    text +=
        (text.empty() ? "" : ", ") + std::string("the tail's mode is ") + FormatValue(*change.tail);
  }
  return text;
}

absl::StatusOr<std::optional<double>> ParseShape(const std::string& body) {
  ASSIGN_OR_RETURN(const Json json, ParseObject(body, {"uplink_bps"}));
  const auto rate = json.find("uplink_bps");
  if (rate == json.end()) {
    return InvalidArgument("'uplink_bps' is missing");
  }
  if (rate->is_null()) {
    return std::nullopt;
  }
  ASSIGN_OR_RETURN(const double value, ParseNumber(*rate, "uplink_bps", kMinRate, kMaxRate));
  return value;
}

}  // namespace tideline
