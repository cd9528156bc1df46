#include "common/web/target.h"

#include <algorithm>
#include <cctype>

namespace tideline {
namespace {

constexpr std::string_view kScheme = "http://";

int HexDigit(char c) {
  if (c >= '0' && c <= '9') {
    return c - '0';
  }
  const char lower = static_cast<char>(std::tolower(static_cast<unsigned char>(c)));
  return lower >= 'a' && lower <= 'f' ? lower - 'a' + 10 : -1;
}

bool IsVisible(char c) {
  const auto byte = static_cast<unsigned char>(c);
  return byte > 0x20 && byte != 0x7f;
}

absl::StatusOr<std::string> DecodeSegment(std::string_view text) {
  std::string decoded;
  for (size_t i = 0; i < text.size(); ++i) {
    char c = text[i];
    if (c == '%') {
      ASSIGN_OR_RETURN(c, DecodePercent(text.substr(i)));
      i += 2;
      if ((c != ' ' && !IsVisible(c)) || c == '/') {
        return InvalidArgument("path: an encoded slash or control character is not accepted");
      }
    }
    if (c == '\\') {
      return InvalidArgument("path: a backslash is not accepted");
    }
    decoded += c;
  }
  if (decoded == "." || decoded == "..") {
    return InvalidArgument("path: '.' and '..' are not accepted");
  }
  return decoded;
}

}  // namespace

absl::StatusOr<char> DecodePercent(std::string_view text) {
  const int high = text.size() > 2 ? HexDigit(text[1]) : -1;
  const int low = text.size() > 2 ? HexDigit(text[2]) : -1;
  if (high < 0 || low < 0) {
    return InvalidArgument("target: a '%' is not followed by two hexadecimal digits");
  }
  return static_cast<char>(high * 16 + low);
}

absl::StatusOr<WebTarget> ParseTarget(std::string_view target) {
  WebTarget parsed;
  if (target.starts_with(kScheme)) {
    const size_t slash = std::min(target.find('/', kScheme.size()), target.size());
    parsed.authority = target.substr(kScheme.size(), slash - kScheme.size());
    target = slash == target.size() ? "/" : target.substr(slash);
    if (parsed.authority.empty() || parsed.authority.find('@') != std::string::npos) {
      return InvalidArgument("target: its host is not accepted");
    }
  }
  if (!target.starts_with('/') || !std::ranges::all_of(target, IsVisible)) {
    return InvalidArgument("target: is not a path");
  }
  const size_t end = std::min(target.find('?'), target.size());
  parsed.path = target.substr(0, end);
  parsed.query = end == target.size() ? "" : target.substr(end + 1);
  for (size_t begin = 1; begin <= parsed.path.size();) {
    if (parsed.segments.size() == kMaxTargetSegments) {
      return InvalidArgument("path: has more than {} segments", kMaxTargetSegments);
    }
    const size_t slash = std::min(parsed.path.find('/', begin), parsed.path.size());
    ASSIGN_OR_RETURN(std::string segment,
                     DecodeSegment(std::string_view(parsed.path).substr(begin, slash - begin)));
    parsed.segments.push_back(std::move(segment));
    begin = slash + 1;
  }
  return parsed;
}

}  // namespace tideline
