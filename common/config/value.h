#pragma once

#include <optional>
#include <string>
#include <string_view>
#include <type_traits>
#include <vector>

#include "absl/time/time.h"

#include "common/base/strings.h"
#include "common/base/units.h"

// How a value of each type is written in a file, a flag or the environment: text to value, value to
// text, and what to call the type. An enum takes part where `EnumNames(E)` gives its names in
// order; std::optional<T> is written as a T or as "none".
namespace tideline {

absl::Status ParseValue(std::string_view text, std::string& value);
absl::Status ParseValue(std::string_view text, bool& value);
absl::Status ParseValue(std::string_view text, int& value);
absl::Status ParseValue(std::string_view text, absl::Duration& value);
absl::Status ParseValue(std::string_view text, ByteCount& value);
absl::Status ParseValue(std::string_view text, BitRate& value);
absl::Status ParseValue(std::string_view text, Frequency& value);
absl::Status ParseValue(std::string_view text, Fraction& value);

std::string FormatValue(const std::string& value);
std::string FormatValue(bool value);
std::string FormatValue(int value);
std::string FormatValue(absl::Duration value);
std::string FormatValue(ByteCount value);
std::string FormatValue(BitRate value);
std::string FormatValue(Frequency value);
std::string FormatValue(Fraction value);

std::string TypeName(const std::string&);
std::string TypeName(bool);
std::string TypeName(int);
std::string TypeName(absl::Duration);
std::string TypeName(ByteCount);
std::string TypeName(BitRate);
std::string TypeName(Frequency);
std::string TypeName(Fraction);

template <typename E>
concept NamedEnum = std::is_enum_v<E> && requires { EnumNames(E{}); };

template <NamedEnum E>
std::string TypeName(E) {
  std::string text;
  for (const std::string_view name : EnumNames(E{})) {
    text += (text.empty() ? "" : " | ") + std::string(name);
  }
  return text;
}

template <NamedEnum E>
absl::Status ParseValue(std::string_view text, E& value) {
  std::vector<std::string> known;
  for (const std::string_view name : EnumNames(E{})) {
    if (name == text) {
      value = static_cast<E>(known.size());
      return absl::OkStatus();
    }
    known.emplace_back(name);
  }
  return InvalidArgument("'{}' is not one of: {}{}", text, TypeName(E{}), DidYouMean(text, known));
}

template <NamedEnum E>
std::string FormatValue(E value) {
  return std::string(EnumNames(E{}).at(static_cast<size_t>(value)));
}

template <typename T>
absl::Status ParseValue(std::string_view text, std::optional<T>& value) {
  if (text == "none") {
    value.reset();
    return absl::OkStatus();
  }
  return ParseValue(text, value.emplace());
}

template <typename T>
std::string FormatValue(const std::optional<T>& value) {
  return value ? FormatValue(*value) : "none";
}

template <typename T>
std::string TypeName(const std::optional<T>&) {
  return TypeName(T{}) + ", or none";
}

}  // namespace tideline
