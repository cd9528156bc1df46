#include "common/web/query.h"

#include <algorithm>
#include <utility>

#include <fmt/ranges.h>

#include "common/web/target.h"

namespace tideline {
namespace {

absl::StatusOr<std::string> DecodeValue(std::string_view text) {
  std::string decoded;
  for (size_t i = 0; i < text.size(); ++i) {
    char c = text[i] == '+' ? ' ' : text[i];
    if (c == '%') {
      ASSIGN_OR_RETURN(c, DecodePercent(text.substr(i)));
      i += 2;
    }
    decoded += c;
  }
  return decoded;
}

}  // namespace

absl::StatusOr<WebQuery> ParseQuery(std::string_view query,
                                    std::initializer_list<std::string_view> known) {
  WebQuery parsed;
  for (size_t begin = 0; begin < query.size();) {
    const size_t end = std::min(query.find('&', begin), query.size());
    const std::string_view part = query.substr(begin, end - begin);
    begin = end + 1;
    if (part.empty()) {
      continue;
    }
    const size_t equals = std::min(part.find('='), part.size());
    const std::string name(part.substr(0, equals));
    if (std::ranges::find(known, name) == known.end()) {
      return InvalidArgument("query: '{}' is not known here; known are: {}", name,
                             fmt::join(known, ", "));
    }
    ASSIGN_OR_RETURN(std::string value,
                     DecodeValue(part.substr(std::min(equals + 1, part.size()))));
    if (!parsed.emplace(name, std::move(value)).second) {
      return InvalidArgument("query: '{}' comes twice", name);
    }
  }
  return parsed;
}

}  // namespace tideline
