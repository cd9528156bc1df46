#include "edge/source/csv_line.h"

#include <charconv>
#include <cmath>

namespace tideline {
namespace {

constexpr std::string_view kBlanks = " \t";

std::string_view Trimmed(std::string_view text) {
  const size_t begin = text.find_first_not_of(kBlanks);
  if (begin == std::string_view::npos) {
    return {};
  }
  return text.substr(begin, text.find_last_not_of(kBlanks) - begin + 1);
}

// Takes a field in quotes off the front of `rest`, with what follows it up to a comma.
absl::StatusOr<std::string> TakeQuoted(std::string_view& rest) {
  std::string field;
  size_t at = 1;
  for (; at < rest.size(); ++at) {
    if (rest[at] != '"') {
      field += rest[at];
    } else if (rest.substr(at, 2) == "\"\"") {
      field += '"';
      ++at;
    } else {
      break;
    }
  }
  if (at >= rest.size()) {
    return InvalidArgument("a field in quotes does not end on its line");
  }
  rest.remove_prefix(at + 1);
  const std::string_view behind = rest.substr(0, rest.find(','));
  if (!Trimmed(behind).empty()) {
    return InvalidArgument("'{}' follows a field in quotes", Trimmed(behind));
  }
  rest.remove_prefix(behind.size());
  return field;
}

}  // namespace

absl::StatusOr<std::vector<std::string>> SplitCsvLine(std::string_view line) {
  std::vector<std::string> fields;
  std::string_view rest = line;
  while (true) {
    const size_t begin = rest.find_first_not_of(kBlanks);
    if (begin != std::string_view::npos && rest[begin] == '"') {
      rest.remove_prefix(begin);
      ASSIGN_OR_RETURN(fields.emplace_back(), TakeQuoted(rest));
    } else {
      const std::string_view field = rest.substr(0, rest.find(','));
      fields.emplace_back(Trimmed(field));
      rest.remove_prefix(field.size());
    }
    if (rest.empty()) {
      return fields;
    }
    rest.remove_prefix(1);  // the comma
  }
}

std::optional<float> ParseCsvNumber(std::string_view field) {
  if (field == "true" || field == "false") {
    return field == "true" ? 1.0F : 0.0F;
  }
  if (field.starts_with('+') && !field.starts_with("+-")) {
    field.remove_prefix(1);
  }
  float value = 0;
  const char* end = field.data() + field.size();
  const auto result = std::from_chars(field.data(), end, value);
  const bool whole = result.ec == std::errc() && result.ptr == end;
  return whole && std::isfinite(value) ? std::optional(value) : std::nullopt;
}

}  // namespace tideline
