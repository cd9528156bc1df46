#include "common/web/channel.h"

#include <algorithm>
#include <utility>

namespace tideline {

EventChannel::EventChannel(boost::asio::io_context& io, const Route& route,
                           WebStatistics& statistics)
    : route_(route), statistics_(statistics), timer_(io) {}

size_t EventChannel::listeners() {
  std::erase_if(listeners_, [](const auto& listener) { return listener.expired(); });
  return listeners_.size();
}

std::shared_ptr<const std::string> EventChannel::Add(std::weak_ptr<WebConnection> listener) {
  listeners_.push_back(std::move(listener));
  if (!std::exchange(ticking_, true)) {
    timer_.expires_after(absl::ToChronoNanoseconds(route_.events.period));
    Tick();
  }
  return Make();
}

std::shared_ptr<const std::string> EventChannel::Make() const {
  std::string data = route_.events.make();
  std::ranges::replace_if(data, [](char c) { return c == '\n' || c == '\r'; }, ' ');
  return std::make_shared<const std::string>("event: " + route_.events.event + "\ndata: " + data +
                                             "\n\n");
}

void EventChannel::Tick() {
  timer_.async_wait([this](const boost::system::error_code& error) {
    if (error) {
      return;
    }
    ticking_ = listeners() > 0;
    if (!ticking_) {
      return;
    }
    const std::shared_ptr<const std::string> event = Make();
    for (const std::weak_ptr<WebConnection>& listener : listeners_) {
      const std::shared_ptr<WebConnection> connection = listener.lock();
      if (connection != nullptr && !connection->Offer(event)) {
        ++statistics_.skipped_events;
      }
    }
    timer_.expires_after(absl::ToChronoNanoseconds(route_.events.period));
    Tick();
  });
}

}  // namespace tideline
