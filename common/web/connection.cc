#include "common/web/connection.h"

#include <algorithm>
#include <exception>
#include <tuple>
#include <utility>

#include "absl/strings/ascii.h"
#include "boost/asio/dispatch.hpp"
#include "boost/asio/write.hpp"
#include "boost/beast/http/read.hpp"

#include "common/base/strings.h"
#include "common/telemetry/log.h"

namespace tideline {
namespace {

namespace asio = boost::asio;
namespace http = boost::beast::http;

constexpr size_t kReadBuffer = 65536;  // bytes that are read ahead
constexpr size_t kFirstRead = 4096;    // bytes, for the headers and what may come with them
constexpr size_t kKeptBuffer = 16384;  // bytes of it that a waiting client keeps
constexpr std::string_view kContinue = "HTTP/1.1 100 Continue\r\n\r\n";

RequestHead HeadOf(const http::request_parser<CountedBody>& parser) {
  const auto& message = parser.get();
  RequestHead head{.method = std::string(message.method_string()),
                   .target = std::string(message.target()),
                   .version = static_cast<int>(message.version()),
                   .chunked = parser.chunked(),
                   .hosts = message.count(http::field::host),
                   .transfer_encodings = message.count(http::field::transfer_encoding)};
  if (const auto length = parser.content_length()) {
    head.content_length = *length;
  }
  return head;
}

// What a client is told of a request that could not be read; nullopt: it is gone.
std::optional<WebResponse> ErrorOf(const boost::system::error_code& error, bool has_target) {
  if (error == http::error::header_limit || error == http::error::buffer_overflow) {
    return has_target ? ErrorResponse(431, "the headers are above the limit")
                      : ErrorResponse(414, "the target is above the limit");
  }
  if (error == http::error::end_of_stream || error == http::error::partial_message ||
      error.category() != make_error_code(http::error::bad_target).category()) {
    return std::nullopt;
  }
  return ErrorResponse(400, "not HTTP: " + error.message());
}

}  // namespace

WebConnection::WebConnection(asio::ip::tcp::socket socket, WebHost& host, uint64_t id,
                             bool reserved)
    : socket_(std::move(socket)),
      host_(&host),
      id_(id),
      reserved_(reserved),
      buffer_(kReadBuffer) {}

void WebConnection::Start() {
  Error ignored;
  std::ignore = socket_.set_option(asio::ip::tcp::no_delay(true), ignored);
  ReadHeader();
}

void WebConnection::Close() {
  if (phase_ == Phase::kClosed) {
    return;
  }
  phase_ = Phase::kClosed;
  Error ignored;
  std::ignore = socket_.close(ignored);
  std::exchange(host_, nullptr)->OnClosed(id_);
}

std::optional<MonotonicTime> WebConnection::idle_since() const {
  return phase_ == Phase::kWaiting && served_ > 0 && buffer_.size() == 0 ? std::optional(since_)
                                                                         : std::nullopt;
}

void WebConnection::Enter(Phase phase, uint64_t bytes) {
  const WebLimits& limits = host_->limits;
  phase_ = phase;
  since_ = host_->clock.Now();
  until_ = since_ + limits.body_time + absl::Seconds(1) * (bytes / limits.slowest);
}

void WebConnection::CheckTime(MonotonicTime now) {
  const WebLimits& limits = host_->limits;
  switch (phase_) {
    case Phase::kWaiting:
      if (!has_begun_ && buffer_.size() > 0) {
        has_begun_ = true;
        since_ = now;
      }
      if (now - since_ > (has_begun_ || served_ == 0 ? limits.header_time : limits.idle)) {
        TimeOut();
      }
      return;
    case Phase::kBody: {
      const uint64_t bytes = parser_->get().body().bytes.size();
      if (now - since_ > limits.body_time + absl::Seconds(1) * (bytes / limits.slowest)) {
        TimeOut();
      }
      return;
    }
    case Phase::kListening:
      if (event_ == nullptr) {
        return;
      }
      [[fallthrough]];
    case Phase::kWriting:
    case Phase::kLingering:
      if (now > until_) {
        Close();
      }
      return;
    case Phase::kHandling:
    case Phase::kClosed:
      return;
  }
}

// What is being read ends with an error, and the client is told where it has begun a request.
void WebConnection::TimeOut() {
  if (phase_ == Phase::kWaiting && !has_begun_) {
    Close();
    return;
  }
  timed_out_ = true;
  Error ignored;
  std::ignore = socket_.cancel(ignored);
}

void WebConnection::ReadHeader() {
  if (buffer_.size() == 0 && buffer_.capacity() > kKeptBuffer) {
    buffer_.shrink_to_fit();
  }
  buffer_.reserve(kFirstRead);  // as much as there is room for is read at once
  parser_.emplace();
  parser_->header_limit(host_->limits.header);
  parser_->body_limit(boost::none);  // checked when the route is known
  has_begun_ = false;
  keep_alive_ = false;
  Enter(Phase::kWaiting);
  http::async_read_header(socket_, buffer_, *parser_,
                          [self = shared_from_this()](const Error& error, size_t) {
                            if (self->phase_ != Phase::kClosed) {
                              self->OnHeader(error);
                            }
                          });
}

void WebConnection::OnHeader(const Error& error) {
  is_head_ = false;
  if (timed_out_) {
    Refuse(ErrorResponse(408, "the request did not come in time"));
    return;
  }
  if (error) {
    if (auto response = ErrorOf(error, !parser_->get().target().empty())) {
      Refuse(*std::move(response));
    } else {
      Close();
    }
    return;
  }
  const RequestHead head = HeadOf(*parser_);
  version_ = head.version;
  is_head_ = head.method == "HEAD";
  request_ = std::make_shared<WebRequest>();
  for (const auto& field : parser_->get()) {
    request_->headers.emplace_back(
        absl::AsciiStrToLower({field.name_string().data(), field.name_string().size()}),
        field.value());
  }
  auto admitted = Admit(head, host_->router, host_->rules, *request_);
  if (auto* refusal = std::get_if<WebResponse>(&admitted)) {
    keep_alive_ = parser_->is_done() && parser_->keep_alive();
    Refuse(std::move(*refusal));
    return;
  }
  const auto& admission = std::get<Admission>(admitted);
  route_ = admission.route;
  if (reserved_ && route_->options.access != Access::kHealth) {
    Refuse(ErrorResponse(503, "all connections are taken"));
    return;
  }
  parser_->body_limit(admission.max_body);
  if (parser_->is_done()) {
    OnBody({});
    return;
  }
  ReadBody(admission.wants_continue);
}

void WebConnection::ReadBody(bool wants_continue) {
  Enter(Phase::kBody);
  parser_->get().body().room = std::make_shared<BodyRoom>(host_->bodies);
  if (wants_continue && buffer_.size() == 0) {
    asio::async_write(socket_, asio::buffer(kContinue),
                      [self = shared_from_this()](const Error& error, size_t) {
                        if (self->phase_ == Phase::kClosed) {
                          return;
                        }
                        error ? self->Close() : self->ReadBody(/*wants_continue=*/false);
                      });
    return;
  }
  buffer_.reserve(kReadBuffer);
  http::async_read(socket_, buffer_, *parser_,
                   [self = shared_from_this()](const Error& error, size_t) {
                     if (self->phase_ != Phase::kClosed) {
                       self->OnBody(error);
                     }
                   });
}

void WebConnection::OnBody(const Error& error) {
  if (timed_out_) {
    Refuse(ErrorResponse(408, "the body did not come in time"));
    return;
  }
  if (error == http::error::body_limit) {
    Refuse(ErrorResponse(413, "the body is above the limit"));
    return;
  }
  if (error == boost::system::errc::not_enough_memory) {
    Refuse(ErrorResponse(503, "too many large bodies at once"));
    return;
  }
  if (error) {
    const auto response = ErrorOf(error, /*has_target=*/true);
    response ? Refuse(*response) : Close();
    return;
  }
  keep_alive_ = parser_->keep_alive();
  request_->body = std::move(parser_->get().body().bytes);
  request_->room = std::move(parser_->get().body().room);
  Dispatch();
}

void WebConnection::Dispatch() {
  ++host_->counts.requests;
  Error ignored;
  request_->peer = socket_.remote_endpoint(ignored).address().to_string();
  Enter(Phase::kHandling);
  if (route_->events.make) {
    Listen();
    return;
  }
  const auto send = [&io = host_->io, weak = weak_from_this()](WebResponse response) {
    asio::dispatch(io, [weak, response = std::move(response)]() mutable {
      const auto self = weak.lock();
      if (self != nullptr && self->phase_ == Phase::kHandling) {
        self->Respond(std::move(response));
      }
    });
  };
  const Responder responder(send, [weak = weak_from_this()] {
    const auto self = weak.lock();
    return self == nullptr || self->phase_ != Phase::kHandling || self->IsGone();
  });
  const std::shared_ptr<WebConnection> self = shared_from_this();  // an answer may close it
  try {
    route_->handler(std::exchange(request_, nullptr), responder);
  } catch (const std::exception& error) {
    Log(LogLevel::kError, "http_handler_failed", {{"reason", error.what()}});
    responder(ErrorResponse(500, "the request failed"));
  }
}

// The answer to a request that is not, or not wholly, read.
void WebConnection::Refuse(WebResponse response) {
  timed_out_ = false;
  request_.reset();
  if (response.status == 503) {
    ++host_->counts.refused;
  }
  Respond(std::move(response));
}

}  // namespace tideline
