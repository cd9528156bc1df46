#include "common/web/server.h"

#include <algorithm>
#include <ctime>
#include <map>
#include <tuple>
#include <utility>
#include <vector>

#include "boost/asio/ip/tcp.hpp"
#include "boost/asio/steady_timer.hpp"

#include "common/telemetry/log.h"
#include "common/web/channel.h"
#include "common/web/connection.h"
#include "common/web/guard.h"
#include "common/web/host.h"

namespace tideline {
namespace {

namespace asio = boost::asio;
using asio::ip::tcp;

constexpr absl::Duration kAcceptPause = absl::Milliseconds(100);
constexpr absl::Duration kFinishPause = absl::Milliseconds(5);
constexpr absl::Duration kLongestSweep = absl::Milliseconds(250);

std::string AddressOf(const tcp::endpoint& endpoint) {
  const std::string host = endpoint.address().to_string();
  return "http://" + (endpoint.address().is_v6() ? "[" + host + "]" : host) + ":" +
         std::to_string(endpoint.port());
}

class Server final : public WebServer, private WebHost {
 public:
  Server(asio::io_context& io, WebOptions options, Router routes, tcp::acceptor acceptor)
      : WebHost(io, std::move(routes), options.limits,
                {.bound = acceptor.local_endpoint().address().to_string(),
                 .loopback = acceptor.local_endpoint().address().is_loopback(),
                 .token = std::move(options.token),
                 .max_body = options.limits.max_body}),
        acceptor_(std::move(acceptor)),
        pause_(io),
        sweep_(io),
        address_(AddressOf(acceptor_.local_endpoint())) {
    for (const Route& route : router.routes()) {
      if (route.events.make) {
        channels_.push_back(std::make_unique<EventChannel>(io, route, counts));
      }
    }
    Accept();
  }

  ~Server() override {
    const auto connections = std::exchange(connections_, {});
    for (const auto& [id, connection] : connections) {
      connection->Close();
    }
  }
  Server(const Server&) = delete;
  Server& operator=(const Server&) = delete;

  std::string address() const override { return address_; }

  void Finish(std::function<void()> done, absl::Duration limit) override {
    boost::system::error_code ignored;
    std::ignore = acceptor_.close(ignored);
    pause_.cancel();
    AwaitAnswers(clock.Now() + limit, std::move(done));
  }

  WebStatistics statistics() const override {
    WebStatistics now = counts;
    now.connections = connections_.size();
    for (const auto& channel : channels_) {
      now.listeners += channel->listeners();
    }
    now.body_bytes = bodies->held;
    return now;
  }

 private:
  void OnClosed(uint64_t connection) override { connections_.erase(connection); }

  std::shared_ptr<const std::string> Listen(const Route& route,
                                            std::weak_ptr<WebConnection> connection) override {
    size_t all = 0;
    EventChannel* its = nullptr;
    for (const auto& channel : channels_) {
      all += channel->listeners();
      its = &channel->route() == &route ? channel.get() : its;
    }
    return its != nullptr && all < limits.listeners ? its->Add(std::move(connection)) : nullptr;
  }

  const std::string& Date() override {
    const std::time_t now = std::time(nullptr);
    if (now != date_at_) {
      date_at_ = now;
      date_ =
          absl::FormatTime("%a, %d %b %Y %H:%M:%S GMT", absl::FromTimeT(now), absl::UTCTimeZone());
    }
    return date_;
  }

  void Accept() {
    acceptor_.async_accept([this](const boost::system::error_code& error, tcp::socket socket) {
      if (error == asio::error::operation_aborted) {
        return;
      }
      if (error && error != asio::error::connection_aborted) {  // too many open files
        Log(LogLevel::kWarning, "http_accept", {{"reason", error.message()}});
        pause_.expires_after(absl::ToChronoNanoseconds(kAcceptPause));
        pause_.async_wait([this](const boost::system::error_code& stopped) {
          if (!stopped) {
            Accept();
          }
        });
        return;
      }
      if (!error) {
        Add(std::move(socket));
      }
      Accept();
    });
  }

  void Add(tcp::socket socket) {
    if (connections_.size() >= limits.connections) {
      CloseIdle();
    }
    const bool reserved = connections_.size() >= limits.connections;
    if (connections_.size() >= limits.connections + limits.reserved) {
      ++counts.refused;
      CloseOldestReserved();
    }
    const uint64_t id = ++last_id_;
    const auto connection = std::make_shared<WebConnection>(
        std::move(socket), static_cast<WebHost&>(*this), id, reserved);
    connections_.emplace(id, connection);
    if (connections_.size() == 1) {
      Sweep();
    }
    connection->Start();
  }

  // The client that has waited the longest without a request makes room.
  void CloseIdle() {
    std::shared_ptr<WebConnection> longest;
    for (const auto& [id, connection] : connections_) {
      const std::optional<MonotonicTime> since = connection->idle_since();
      if (since && (longest == nullptr || *since < *longest->idle_since())) {
        longest = connection;
      }
    }
    if (longest != nullptr) {
      longest->Close();
    }
  }

  void CloseOldestReserved() {
    const auto oldest = std::ranges::find_if(
        connections_, [](const auto& entry) { return entry.second->reserved(); });
    const auto& chosen = oldest == connections_.end() ? *connections_.begin() : *oldest;
    std::shared_ptr<WebConnection>(chosen.second)->Close();
  }

  void AwaitAnswers(MonotonicTime end, std::function<void()> done) {
    const bool busy =
        std::ranges::any_of(connections_, [](const auto& entry) { return entry.second->busy(); });
    if (!busy || clock.Now() >= end) {
      done();
      return;
    }
    pause_.expires_after(absl::ToChronoNanoseconds(kFinishPause));
    pause_.async_wait([this, end, done = std::move(done)](const boost::system::error_code& error) {
      if (!error) {
        AwaitAnswers(end, done);
      }
    });
  }

  // While there are connections, looks for those that take too long.
  void Sweep() {
    const absl::Duration shortest =
        std::min({limits.header_time, limits.body_time, limits.idle}) / 4;
    sweep_.expires_after(absl::ToChronoNanoseconds(std::min(shortest, kLongestSweep)));
    sweep_.async_wait([this](const boost::system::error_code& error) {
      if (error) {
        return;
      }
      const MonotonicTime now = clock.Now();
      std::vector<std::shared_ptr<WebConnection>> all;
      all.reserve(connections_.size());
      for (const auto& [id, connection] : connections_) {
        all.push_back(connection);
      }
      for (const auto& connection : all) {
        connection->CheckTime(now);
      }
      if (!connections_.empty()) {
        Sweep();
      }
    });
  }

  tcp::acceptor acceptor_;
  asio::steady_timer pause_;
  asio::steady_timer sweep_;
  const std::string address_;
  std::vector<std::unique_ptr<EventChannel>> channels_;
  std::map<uint64_t, std::shared_ptr<WebConnection>> connections_;  // oldest first
  uint64_t last_id_ = 0;
  std::time_t date_at_ = 0;
  std::string date_;
};

absl::StatusOr<tcp::endpoint> EndpointOf(const WebOptions& options) {
  boost::system::error_code error;
  const auto address =
      asio::ip::make_address(options.address == "localhost" ? "127.0.0.1" : options.address, error);
  if (error) {
    return InvalidArgument(
        "http.address: '{}' is not a numeric address; write for example 127.0.0.1",
        options.address);
  }
  if (!address.is_loopback() && options.token.empty()) {
    return FailedPrecondition("http.address: others reach {}; set a token, or listen on 127.0.0.1",
                              options.address);
  }
  return tcp::endpoint(address, static_cast<uint16_t>(options.port));
}

}  // namespace

absl::StatusOr<std::unique_ptr<WebServer>> WebServer::Start(asio::io_context& io,
                                                            WebOptions options, Router router) {
  ASSIGN_OR_RETURN(const tcp::endpoint endpoint, EndpointOf(options));
  tcp::acceptor acceptor(io);
  boost::system::error_code error;
  std::ignore = acceptor.open(endpoint.protocol(), error);
  if (!error) {
    std::ignore = acceptor.set_option(asio::socket_base::reuse_address(true), error);
    std::ignore = acceptor.bind(endpoint, error);
  }
  if (!error) {
    std::ignore = acceptor.listen(asio::socket_base::max_listen_connections, error);
  }
  if (error == asio::error::address_in_use) {
    return Unavailable(
        "http.port: {} of {} is taken by another program; choose another one, or 0 for any that is "
        "free",
        options.port, options.address);
  }
  if (error) {
    return Unavailable("http.address: cannot listen on {} port {}: {}", options.address,
                       options.port, error.message());
  }
  return std::make_unique<Server>(io, std::move(options), std::move(router), std::move(acceptor));
}

}  // namespace tideline
