#include "common/config/value.h"

#include <charconv>

namespace tideline {
namespace {

template <typename T>
absl::Status Assign(absl::StatusOr<T> parsed, T& value) {
  if (!parsed.ok()) {
    return parsed.status();
  }
  value = *std::move(parsed);
  return absl::OkStatus();
}

}  // namespace

absl::Status ParseValue(std::string_view text, std::string& value) {
  value = text;
  return absl::OkStatus();
}

absl::Status ParseValue(std::string_view text, bool& value) {
  if (text != "true" && text != "false") {
    return InvalidArgument("'{}' is not true or false", text);
  }
  value = text == "true";
  return absl::OkStatus();
}

absl::Status ParseValue(std::string_view text, int& value) {
  int parsed = 0;
  const char* end = text.data() + text.size();
  const auto result = std::from_chars(text.data(), end, parsed);
  if (result.ec != std::errc() || result.ptr != end) {
    return InvalidArgument("'{}' is not a whole number; write for example 4", text);
  }
  value = parsed;
  return absl::OkStatus();
}

absl::Status ParseValue(std::string_view text, absl::Duration& value) {
  return Assign(ParseDuration(text), value);
}
absl::Status ParseValue(std::string_view text, ByteCount& value) {
  return Assign(ParseByteCount(text), value);
}
absl::Status ParseValue(std::string_view text, BitRate& value) {
  return Assign(ParseBitRate(text), value);
}
absl::Status ParseValue(std::string_view text, Frequency& value) {
  return Assign(ParseFrequency(text), value);
}
absl::Status ParseValue(std::string_view text, Fraction& value) {
  return Assign(ParseFraction(text), value);
}

std::string FormatValue(const std::string& value) { return value; }
std::string FormatValue(bool value) { return value ? "true" : "false"; }
std::string FormatValue(int value) { return std::to_string(value); }
std::string FormatValue(absl::Duration value) { return Format(value); }
std::string FormatValue(ByteCount value) { return Format(value); }
std::string FormatValue(BitRate value) { return Format(value); }
std::string FormatValue(Frequency value) { return Format(value); }
std::string FormatValue(Fraction value) { return Format(value); }

std::string TypeName(const std::string&) { return "text"; }
std::string TypeName(bool) { return "true | false"; }
std::string TypeName(int) { return "whole number"; }
std::string TypeName(absl::Duration) { return "duration (80ms)"; }
std::string TypeName(ByteCount) { return "bytes (4MiB)"; }
std::string TypeName(BitRate) { return "bit rate (5.85Mbps)"; }
std::string TypeName(Frequency) { return "frequency (10/s)"; }
std::string TypeName(Fraction) { return "fraction (1%)"; }

}  // namespace tideline
