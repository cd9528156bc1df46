#pragma once

#include <cstddef>
#include <cstdint>
#include <functional>
#include <memory>
#include <string>

#include "absl/time/time.h"
#include "boost/asio/io_context.hpp"

#include "common/base/status.h"
#include "common/web/router.h"

namespace tideline {

inline constexpr absl::Duration kFinishTime = absl::Seconds(1);

struct WebLimits {
  size_t connections = 512;
  // Beyond them, for health alone: what asks for anything else is told 503.
  size_t reserved = 16;
  size_t listeners = 64;                           // connections that take events
  uint64_t max_body = uint64_t{64} << 20;          // bytes of one request
  uint64_t all_bodies = uint64_t{256} << 20;       // bytes of all that are read or worked on
  uint32_t header = 8192;                          // bytes of request line and headers
  absl::Duration header_time = absl::Seconds(10);  // from a request's first byte, or the connection
  absl::Duration body_time = absl::Seconds(20);    // and as long as `slowest` allows for its size
  uint64_t slowest = 16384;                        // bytes per second of a body or an answer
  absl::Duration idle = absl::Seconds(60);         // between requests
};

struct WebOptions {
  std::string address = "127.0.0.1";  // numeric, or "localhost"
  int port = 0;                       // 0: one that is free
  std::string token;                  // "": none, which is for loopback addresses only
  WebLimits limits;
};

struct WebStatistics {
  uint64_t requests = 0;
  uint64_t refused = 0;  // connections for which there was no place, and what was answered 503
  size_t connections = 0;
  size_t listeners = 0;
  uint64_t body_bytes = 0;      // held now
  uint64_t skipped_events = 0;  // for listeners that hadn't read the one before
};

// An HTTP/1.1 server: routes, checks and limits; it never trusts a client with more memory or time
// than WebLimits says. Errors are {"error": "…"}. I/O thread only; it ends when `io` runs no more.
class WebServer {
 public:
  // Listens. `io` outlives the server and every responder. Errors: InvalidArgument for an address
  // that isn't numeric, FailedPrecondition for one that others reach where there is no token,
  // Unavailable where the port is taken.
  static absl::StatusOr<std::unique_ptr<WebServer>> Start(boost::asio::io_context& io,
                                                          WebOptions options, Router router);
  virtual ~WebServer() = default;

  // "http://127.0.0.1:8000", with the port that it has.
  virtual std::string address() const = 0;
  virtual WebStatistics statistics() const = 0;

  // Listens no more, lets the requests that it has be answered, for `limit` at most, then calls
  // `done`. Once.
  virtual void Finish(std::function<void()> done, absl::Duration limit = kFinishTime) = 0;
};

}  // namespace tideline
