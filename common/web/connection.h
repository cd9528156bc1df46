#pragma once

#include <cstdint>
#include <memory>
#include <optional>
#include <string>

#include "boost/asio/ip/tcp.hpp"
#include "boost/beast/core/flat_buffer.hpp"
#include "boost/beast/http/parser.hpp"

#include "common/base/clock.h"
#include "common/web/host.h"

namespace tideline {

// One client: reads a request, has it answered, reads the next one. It lives as long as an
// operation on its socket or its host holds it. I/O thread only.
class WebConnection : public std::enable_shared_from_this<WebConnection> {
 public:
  // `host` outlives the connection or calls Close first. `reserved`: for health alone.
  WebConnection(boost::asio::ip::tcp::socket socket, WebHost& host, uint64_t id, bool reserved);

  void Start();
  // At once, whatever it does; the host is told.
  void Close();
  // Ends what takes longer than the limits allow; called a few times a second.
  void CheckTime(MonotonicTime now);
  // One event for a listener; false where it has not read the one before.
  bool Offer(std::shared_ptr<const std::string> event);

  // It has a request whose answer isn't written yet.
  bool busy() const { return phase_ == Phase::kHandling || phase_ == Phase::kWriting; }
  bool reserved() const { return reserved_; }
  // Waits for a client's next request since then; nullopt: does something else.
  std::optional<MonotonicTime> idle_since() const;

 private:
  enum class Phase { kWaiting, kBody, kHandling, kWriting, kListening, kLingering, kClosed };
  using Error = boost::system::error_code;

  void Enter(Phase phase, uint64_t bytes = 0);
  void ReadHeader();
  void OnHeader(const Error& error);
  void ReadBody(bool wants_continue);
  void OnBody(const Error& error);
  void Dispatch();
  bool IsGone();
  void Listen();
  void Refuse(WebResponse response);
  void Respond(WebResponse response);
  std::string Head(const WebResponse& response) const;
  void OnWritten(const Error& error);
  void Linger();
  void WatchListener();
  void TimeOut();

  boost::asio::ip::tcp::socket socket_;
  WebHost* host_;
  const uint64_t id_;
  const bool reserved_;

  Phase phase_ = Phase::kWaiting;
  MonotonicTime since_;  // the phase's begin
  MonotonicTime until_;  // its end at the latest, where it has one
  bool timed_out_ = false;
  bool has_begun_ = false;  // the first bytes of a request are there
  uint64_t served_ = 0;

  boost::beast::flat_buffer buffer_;
  std::optional<boost::beast::http::request_parser<CountedBody>> parser_;
  std::shared_ptr<WebRequest> request_;
  const Route* route_ = nullptr;
  bool is_head_ = false;
  bool keep_alive_ = false;
  int version_ = 11;

  std::string head_;  // of the answer that is written
  std::string body_;
  std::shared_ptr<const std::string> event_;  // that is written
  uint64_t discarded_ = 0;                    // bytes read after the last answer
};

}  // namespace tideline
