#pragma once

#include <memory>
#include <string>

#include "boost/asio/io_context.hpp"

#include "common/base/clock.h"
#include "common/web/admission.h"
#include "common/web/body.h"
#include "common/web/router.h"
#include "common/web/server.h"

namespace tideline {

class WebConnection;

// What the connections of one server share. I/O thread only.
class WebHost {
 public:
  virtual ~WebHost() = default;
  // The connection is closed and may go.
  virtual void OnClosed(uint64_t connection) = 0;
  // Sends the route's events to `connection` from now on. The event to begin with; nullptr where
  // there are too many listeners.
  virtual std::shared_ptr<const std::string> Listen(const Route& route,
                                                    std::weak_ptr<WebConnection> connection) = 0;
  // "Sun, 06 Nov 1994 08:49:37 GMT", now.
  virtual const std::string& Date() = 0;

  boost::asio::io_context& io;
  const Router router;
  const WebLimits limits;
  const AdmissionRules rules;
  const std::shared_ptr<BodyBudget> bodies;
  const SystemClock clock;
  WebStatistics counts;

 protected:
  WebHost(boost::asio::io_context& io, Router router, const WebLimits& limits, AdmissionRules rules)
      : io(io),
        router(std::move(router)),
        limits(limits),
        rules(std::move(rules)),
        bodies(std::make_shared<BodyBudget>(limits.all_bodies)) {}
};

}  // namespace tideline
