#pragma once

#include <cstdint>
#include <span>
#include <string>
#include <string_view>

#include "common/base/status.h"

namespace tideline {

// SCHEME://HOST[:PORT][/TARGET]
struct Url {
  std::string scheme;
  std::string host;  // without the brackets of an IPv6 address
  uint16_t port = 0;
  std::string target;  // from '/' on; "" where there is none
};

// A scheme and the port that it has where none is written.
struct UrlScheme {
  std::string_view name;
  uint16_t port = 0;
};

// Pure. Errors: InvalidArgument, with what is accepted, for another scheme, a user or password in
// it (they belong into files), a host or port that is none, blanks or control characters.
absl::StatusOr<Url> ParseUrl(std::string_view text, std::span<const UrlScheme> schemes);

}  // namespace tideline
