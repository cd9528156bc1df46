#include "common/config/http.h"

#include "common/config/endpoint.h"

namespace tideline {

bool HttpConfig::IsLocal() const {
  return address == "::1" || IsLoopback("tcp://" + address + ":0");
}

absl::Status CheckHttp(const HttpConfig& http, const Origins& origins) {
  if (http.enabled && !http.IsLocal() && http.token_file.empty()) {
    return InvalidArgument("{}: others reach {}; set http.token_file, or listen on 127.0.0.1",
                           origins.Of("http.address"), http.address);
  }
  return absl::OkStatus();
}

}  // namespace tideline
