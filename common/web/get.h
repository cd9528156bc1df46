#pragma once

#include <cstdint>
#include <string>

#include "absl/time/time.h"

#include "common/base/status.h"

namespace tideline {

struct WebUrl {
  std::string host;
  std::string port = "80";
  std::string path;  // "" where the URL ends before it
};

// "http://HOST[:PORT][/PATH]"; an IPv6 address stands in brackets. Pure.
// Errors: InvalidArgument with what is right.
absl::StatusOr<WebUrl> ParseWebUrl(const std::string& url);

struct WebGetOptions {
  std::string token;  // "" = none
  uint64_t max_body = uint64_t{64} << 20;
  absl::Duration limit = absl::Seconds(20);  // of all of it
};

// The body of GET `url`. Blocks. Errors: Unavailable where nobody answers, DeadlineExceeded,
// PermissionDenied for 401 and 403, NotFound for 404, ResourceExhausted for a body that is too
// large, FailedPrecondition for any other status but 200, with the server's error text.
absl::StatusOr<std::string> WebGet(const WebUrl& url, const WebGetOptions& options);

}  // namespace tideline
