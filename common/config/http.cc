#include "common/config/http.h"

#include <algorithm>

#include "common/config/endpoint.h"

namespace tideline {

bool HttpConfig::IsLocal() const {
  return address == "::1" || IsLoopback("tcp://" + address + ":0");
}

absl::Status CheckToken(std::string_view token) {
  const bool visible =
      std::ranges::all_of(token, [](unsigned char c) { return c > 0x20 && c < 0x7f; });
  if (token.size() < kMinToken || token.size() > kMaxToken || !visible) {
    return InvalidArgument(
        "a token has {} to {} letters without blanks; make one with 'openssl rand -hex 16'",
        kMinToken, kMaxToken);
  }
  return absl::OkStatus();
}

absl::Status CheckHttp(const HttpConfig& http, const Origins& origins) {
  if (!http.token.empty() && !http.token_file.empty()) {
    return InvalidArgument("{}: and {}: there is one token; give it in one place",
                           origins.Of("http.token"), origins.Of("http.token_file"));
  }
  if (http.enabled && !http.IsLocal() && http.token_file.empty() && http.token.empty()) {
    return InvalidArgument(
        "{}: others reach {}; set http.token_file or TIDELINE_HTTP_TOKEN, or listen on 127.0.0.1",
        origins.Of("http.address"), http.address);
  }
  return absl::OkStatus();
}

}  // namespace tideline
