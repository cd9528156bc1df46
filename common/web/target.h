#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "common/base/status.h"

namespace tideline {

inline constexpr size_t kMaxTarget = 2048;        // bytes of a request's target
inline constexpr size_t kMaxTargetSegments = 32;  // between its slashes

// What a request asks for.
struct WebTarget {
  std::string path;                   // as it came, without the query
  std::string query;                  // without '?'
  std::string authority;              // of "http://HOST:PORT/path"; "" where only a path came
  std::vector<std::string> segments;  // decoded; {""} for "/"
};

// Reads "/path?query" or "http://host/path?query". Pure. A path means what it says or is refused:
// no "." or "..", and no slash, backslash, control character or NUL behind a percent sign.
// Errors: InvalidArgument.
absl::StatusOr<WebTarget> ParseTarget(std::string_view target);

// The byte that "%41" at the begin of `text` stands for. Errors: InvalidArgument.
absl::StatusOr<char> DecodePercent(std::string_view text);

}  // namespace tideline
