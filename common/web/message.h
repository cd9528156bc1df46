#pragma once

#include <cstddef>
#include <functional>
#include <map>
#include <memory>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "common/base/status.h"

// A request and an answer over HTTP, without the library that reads and writes them.
namespace tideline {

// A request that was read whole and passed the server's checks. Immutable, thread-safe.
struct WebRequest {
  std::string method;  // "GET"; a HEAD request has "GET" too
  std::string path;    // percent-encoded as it came, without the query
  std::string query;   // without '?', percent-encoded
  std::map<std::string, std::string, std::less<>> parameters;  // of the pattern, decoded
  std::vector<std::pair<std::string, std::string>> headers;    // names in lower case
  std::string body;
  std::string peer;                  // the client's address: "127.0.0.1"
  bool has_token = false;            // it came with the server's token
  std::shared_ptr<const void> room;  // what the body takes of the server's memory, until the end

  // The first header of that name (lower case), "" where there is none.
  std::string_view Header(std::string_view name) const;
  // A parameter of the pattern: "m" of "/v2/models/{m}"; "" where the pattern has it not.
  std::string_view Parameter(std::string_view name) const;
  // "loopback" or "token": who asks, for the log.
  std::string_view Who() const { return has_token ? "token" : "loopback"; }
};
using WebRequestPtr = std::shared_ptr<const WebRequest>;

struct WebResponse {
  int status = 200;
  std::string type = "application/json";
  std::string body = {};
  std::vector<std::pair<std::string, std::string>> headers = {};  // beyond type and length
};

// {"error": "…"}
WebResponse ErrorResponse(int status, std::string_view text);
// The status that an error has over HTTP: InvalidArgument 400, PermissionDenied 403, NotFound 404,
// FailedPrecondition 409, Unimplemented 501, ResourceExhausted and Unavailable 503 with
// Retry-After, DeadlineExceeded 504, else 500.
WebResponse ErrorResponse(const absl::Status& status);
// "Not Found"
std::string_view ReasonPhrase(int status);

}  // namespace tideline
