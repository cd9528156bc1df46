#include "common/config/url.h"

#include <algorithm>
#include <charconv>
#include <optional>

namespace tideline {
namespace {

constexpr size_t kMaxUrl = 2048;  // bytes
constexpr size_t kMaxHost = 255;
constexpr std::string_view kSeparator = "://";

bool IsHost(std::string_view host) {
  return !host.empty() && host.size() <= kMaxHost && std::ranges::all_of(host, [](unsigned char c) {
    return std::isalnum(c) != 0 || c == '.' || c == '-' || c == '_' || c == ':';
  });
}

std::optional<uint16_t> ParsePort(std::string_view text) {
  uint16_t port = 0;
  const auto result = std::from_chars(text.data(), text.data() + text.size(), port);
  const bool whole = result.ec == std::errc() && result.ptr == text.data() + text.size();
  return whole && port > 0 ? std::optional(port) : std::nullopt;
}

// "HOST", "HOST:PORT", "[IPV6]" or "[IPV6]:PORT".
bool ParseAuthority(std::string_view text, Url& url) {
  const size_t bracket = text.starts_with('[') ? text.find(']') : 0;
  if (bracket == std::string_view::npos) {
    return false;
  }
  const size_t colon = text.find(':', bracket);
  std::string_view host = text.substr(0, colon);
  if (colon != std::string_view::npos) {
    const std::optional<uint16_t> port = ParsePort(text.substr(colon + 1));
    url.port = port.value_or(0);
    if (!port) {
      return false;
    }
  }
  if (bracket > 0) {
    if (!host.ends_with(']')) {
      return false;
    }
    host = host.substr(1, host.size() - 2);
  }
  url.host = host;
  return IsHost(host);
}

}  // namespace

absl::StatusOr<Url> ParseUrl(std::string_view text, std::span<const UrlScheme> schemes) {
  const size_t separator = text.find(kSeparator);
  const std::string_view scheme = text.substr(0, std::min(separator, text.size()));
  const auto known = std::ranges::find(schemes, scheme, &UrlScheme::name);
  const bool printable =
      std::ranges::all_of(text, [](unsigned char c) { return c > 0x20 && c < 0x7f; });
  if (separator != std::string_view::npos && known != schemes.end() && printable &&
      text.size() <= kMaxUrl) {
    const std::string_view rest = text.substr(separator + kSeparator.size());
    const size_t slash = std::min(rest.find('/'), rest.size());
    Url url{.scheme = std::string(scheme), .port = known->port};
    url.target = rest.substr(slash);
    if (ParseAuthority(rest.substr(0, slash), url)) {
      return url;
    }
  }
  return InvalidArgument("'{}' is not an address; write for example {}://192.168.1.20:{}", text,
                         schemes.front().name, schemes.front().port);
}

}  // namespace tideline
