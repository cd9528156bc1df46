#pragma once

#include <memory>
#include <string>
#include <vector>

#include "boost/asio/io_context.hpp"
#include "boost/asio/steady_timer.hpp"

#include "common/web/connection.h"
#include "common/web/router.h"

namespace tideline {

// The listeners of one route. Each state is made once for all of them, and only while there are
// any. Who has not read the one before gets the next: nothing queues. I/O thread only.
class EventChannel {
 public:
  // `route` outlives the channel.
  EventChannel(boost::asio::io_context& io, const Route& route, WebStatistics& statistics);

  const Route& route() const { return route_; }
  // Those that are still there.
  size_t listeners();
  // The event to begin with.
  std::shared_ptr<const std::string> Add(std::weak_ptr<WebConnection> listener);

 private:
  std::shared_ptr<const std::string> Make() const;
  void Tick();

  const Route& route_;
  WebStatistics& statistics_;
  std::vector<std::weak_ptr<WebConnection>> listeners_;
  bool ticking_ = false;
  boost::asio::steady_timer timer_;
};

}  // namespace tideline
