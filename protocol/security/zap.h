#pragma once

#include <memory>
#include <string>
#include <string_view>

#include <boost/asio/io_context.hpp>

#include "common/base/status.h"
#include "common/telemetry/log_limit.h"
#include "protocol/security/allow_list.h"
#include "protocol/zeromq/context.h"
#include "protocol/zeromq/socket.h"

namespace tideline::security {

inline constexpr char kZapDomain[] = "tideline";

// Says to ZeroMQ which keys may connect (ZAP, RFC 27): a CURVE key on the list is admitted as the
// user it is listed under, everything else is refused with status 400 and a log line that names
// the key. There is one per context, there before the server's socket. I/O thread only.
class ZapHandler {
 public:
  // `list` outlives the handler. Errors: Unavailable where the context has a handler already.
  static absl::StatusOr<std::unique_ptr<ZapHandler>> Open(boost::asio::io_context& io,
                                                          std::shared_ptr<zeromq::Context> context,
                                                          AllowList& list);

 private:
  struct Verdict {
    std::string_view status;
    std::string_view text;
    std::string user;
  };

  ZapHandler(std::unique_ptr<zeromq::Socket> socket, AllowList& list);
  void Answer(const zeromq::Message& request);
  Verdict Judge(const zeromq::Message& request);
  void LogRefusal(std::string_view key, std::string_view address, std::string_view reason);

  std::unique_ptr<zeromq::Socket> socket_;
  AllowList& list_;
  LogLimit refusals_;
};

}  // namespace tideline::security
