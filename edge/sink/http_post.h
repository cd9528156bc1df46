#pragma once

#include <memory>
#include <string>

#include "absl/time/time.h"

#include "common/base/status.h"
#include "common/config/url.h"

namespace tideline {

// What is posted.
struct HttpMessage {
  std::string content_type;
  std::string idempotency_key;  // letters and digits
  std::string authorization;    // "" = none
  std::string body;
};

// Posts to one address over one connection, which is kept open. Thread-compatible.
class HttpPoster {
 public:
  // `url` is http or https; `ca`: file with the authorities to trust, "" = the system's.
  // Connects to nobody yet. Errors: InvalidArgument for a file that cannot be used.
  static absl::StatusOr<std::unique_ptr<HttpPoster>> Make(Url url, const std::string& ca,
                                                          absl::Duration timeout);
  virtual ~HttpPoster() = default;

  // The answer's status. Blocks; connecting and the exchange take at most the time-out each. Posts
  // twice where a connection that was kept turns out to be closed.
  // Errors: Unavailable where no answer came.
  virtual absl::StatusOr<int> Post(const HttpMessage& message) = 0;
};

}  // namespace tideline
