#include <array>
#include <cerrno>
#include <sys/socket.h>
#include <tuple>
#include <utility>

#include "boost/asio/write.hpp"
#include <fmt/format.h>

#include "common/web/connection.h"

// Answers, events, and the end of a connection.
namespace tideline {
namespace {

namespace asio = boost::asio;

constexpr size_t kInlineBody = 16384;  // bytes up to which an answer goes out in one piece
constexpr absl::Duration kLingerTime = absl::Seconds(2);
constexpr uint64_t kMostDiscarded = uint64_t{16} << 20;  // bytes
constexpr size_t kDiscardBuffer = 16384;                 // bytes
constexpr uint64_t kMostFromListener = 4096;             // bytes

constexpr std::string_view kStreamHeaders =
    "Content-Type: text/event-stream\r\nCache-Control: no-store\r\n"
    "X-Content-Type-Options: nosniff\r\nConnection: close\r\n\r\nretry: 1000\n\n";

bool IsOneLine(std::string_view text) { return text.find_first_of("\r\n") == text.npos; }

}  // namespace

// While a request is handled nothing is read: the end is seen only where no further bytes came
// before it.
bool WebConnection::IsGone() {
  char next = 0;
  const ssize_t got = ::recv(socket_.native_handle(), &next, sizeof(next), MSG_PEEK | MSG_DONTWAIT);
  return got == 0 || (got < 0 && errno != EAGAIN && errno != EINTR);
}

std::string WebConnection::Head(const WebResponse& response) const {
  std::string head;
  head.reserve(256);
  fmt::format_to(std::back_inserter(head), "HTTP/1.1 {} {}\r\nDate: {}\r\n", response.status,
                 ReasonPhrase(response.status), host_->Date());
  if (response.status != 204 && response.status != 304) {
    fmt::format_to(std::back_inserter(head), "Content-Type: {}\r\nContent-Length: {}\r\n",
                   response.type, response.body.size());
  }
  bool says_cache = false;
  for (const auto& [name, value] : response.headers) {
    if (IsOneLine(name) && IsOneLine(value)) {
      head.append(name).append(": ").append(value).append("\r\n");
      says_cache = says_cache || name == "Cache-Control";
    }
  }
  head += says_cache ? "" : "Cache-Control: no-store\r\n";
  head += "X-Content-Type-Options: nosniff\r\n";
  head += !keep_alive_    ? "Connection: close\r\n"
          : version_ < 11 ? "Connection: keep-alive\r\n"
                          : "";
  return head += "\r\n";
}

void WebConnection::Respond(WebResponse response) {
  keep_alive_ = keep_alive_ && !reserved_;
  head_ = Head(response);
  body_ = is_head_ || response.status == 304 ? std::string() : std::move(response.body);
  if (body_.size() <= kInlineBody) {
    head_ += body_;
    body_.clear();
  }
  Enter(Phase::kWriting, head_.size() + body_.size());
  asio::async_write(socket_, std::array{asio::buffer(head_), asio::buffer(body_)},
                    [self = shared_from_this()](const Error& error, size_t) {
                      if (self->phase_ != Phase::kClosed) {
                        self->OnWritten(error);
                      }
                    });
}

void WebConnection::OnWritten(const Error& error) {
  ++served_;
  body_ = {};
  if (error) {
    Close();
  } else if (keep_alive_) {
    ReadHeader();
  } else {
    Linger();
  }
}

void WebConnection::Listen() {
  keep_alive_ = false;
  if (is_head_) {
    Respond({.type = "text/event-stream"});
    return;
  }
  const std::shared_ptr<const std::string> first = host_->Listen(*route_, weak_from_this());
  if (first == nullptr) {
    Refuse(ErrorResponse(503, "too many listeners"));
    return;
  }
  Enter(Phase::kListening);
  buffer_.clear();
  WatchListener();
  Offer(std::make_shared<const std::string>("HTTP/1.1 200 OK\r\nDate: " + host_->Date() + "\r\n" +
                                            std::string(kStreamHeaders) + *first));
}

bool WebConnection::Offer(std::shared_ptr<const std::string> event) {
  if (phase_ != Phase::kListening || event_ != nullptr) {
    return false;
  }
  event_ = std::move(event);
  until_ = host_->clock.Now() + host_->limits.body_time;
  asio::async_write(socket_, asio::buffer(*event_),
                    [self = shared_from_this()](const Error& error, size_t) {
                      self->event_ = nullptr;
                      if (error) {
                        self->Close();
                      }
                    });
  return true;
}

// Notices that the client has gone.
void WebConnection::WatchListener() {
  socket_.async_read_some(buffer_.prepare(kMostFromListener),
                          [self = shared_from_this()](const Error& error, size_t bytes) {
                            self->discarded_ += bytes;
                            if (error || self->discarded_ > kMostFromListener) {
                              self->Close();
                            } else if (self->phase_ == Phase::kListening) {
                              self->WatchListener();
                            }
                          });
}

// Reads on after the last answer until the client closes: a reset would take from it what it has
// not read yet.
void WebConnection::Linger() {
  if (phase_ != Phase::kLingering) {
    Enter(Phase::kLingering);
    until_ = since_ + kLingerTime;
    Error ignored;
    std::ignore = socket_.shutdown(asio::ip::tcp::socket::shutdown_send, ignored);
    parser_.reset();
    buffer_.clear();
  }
  socket_.async_read_some(buffer_.prepare(kDiscardBuffer),
                          [self = shared_from_this()](const Error& error, size_t bytes) {
                            self->discarded_ += bytes;
                            if (error || self->discarded_ > kMostDiscarded) {
                              self->Close();
                            } else if (self->phase_ == Phase::kLingering) {
                              self->Linger();
                            }
                          });
}

}  // namespace tideline
