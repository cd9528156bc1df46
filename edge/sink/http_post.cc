#include "edge/sink/http_post.h"

#include <exception>
#include <optional>
#include <type_traits>
#include <utility>

#include "boost/asio/co_spawn.hpp"
#include "boost/asio/io_context.hpp"
#include "boost/asio/ip/tcp.hpp"
#include "boost/asio/redirect_error.hpp"
#include "boost/asio/ssl/context.hpp"
#include "boost/asio/ssl/host_name_verification.hpp"
#include "boost/asio/use_awaitable.hpp"
#include "boost/beast/core.hpp"
#include "boost/beast/http.hpp"
#include "boost/beast/ssl.hpp"

namespace tideline {
namespace {

namespace asio = boost::asio;
namespace beast = boost::beast;
namespace http = beast::http;

constexpr uint64_t kMaxAnswer = 64 * 1024;  // bytes; a connection with a longer one is closed

using Plain = beast::tcp_stream;
using Secure = beast::ssl_stream<beast::tcp_stream>;
using Request = http::request<http::string_body>;

std::string HostHeader(const Url& url) {
  const std::string host =
      url.host.find(':') == std::string::npos ? url.host : fmt::format("[{}]", url.host);
  return fmt::format("{}:{}", host, url.port);
}

Request MakeRequest(const Url& url, const HttpMessage& message) {
  Request request{http::verb::post, url.target.empty() ? "/" : url.target, /*version=*/11};
  request.set(http::field::host, HostHeader(url));
  request.set(http::field::user_agent, "tideline-edge");
  request.set(http::field::content_type, message.content_type);
  request.set("Idempotency-Key", fmt::format("\"{}\"", message.idempotency_key));
  if (!message.authorization.empty()) {
    request.set(http::field::authorization, message.authorization);
  }
  request.body() = message.body;
  request.prepare_payload();
  return request;
}

template <typename Stream>
class Poster final : public HttpPoster {
 public:
  Poster(Url url, absl::Duration timeout) : url_(std::move(url)), timeout_(timeout) {}

  asio::ssl::context& tls() { return tls_; }

  absl::StatusOr<int> Post(const HttpMessage& message) override {
    const Request request = MakeRequest(url_, message);
    const bool kept = stream_.has_value();
    absl::StatusOr<int> status = Try(request);
    return status.ok() || !kept ? status : Try(request);
  }

 private:
  absl::StatusOr<int> Try(const Request& request) {
    absl::StatusOr<int> status = absl::UnavailableError("no answer");
    io_.restart();
    asio::co_spawn(io_, Exchange(request), [&](const std::exception_ptr& error, int code) {
      status = error ? absl::StatusOr<int>(ToStatus(error)) : code;
    });
    io_.run();
    if (!status.ok()) {
      stream_.reset();
    }
    return status;
  }

  absl::Status ToStatus(const std::exception_ptr& error) const {
    try {
      std::rethrow_exception(error);
    } catch (const std::exception& e) {
      return Unavailable("{}://{}: {}", url_.scheme, HostHeader(url_), e.what());
    }
  }

  asio::awaitable<void> Open() {
    if constexpr (std::is_same_v<Stream, Secure>) {
      stream_.emplace(io_, tls_);
      stream_->set_verify_callback(asio::ssl::host_name_verification(url_.host));
      SSL_set_tlsext_host_name(stream_->native_handle(), url_.host.c_str());
    } else {
      stream_.emplace(io_);
    }
    buffer_.clear();
    asio::ip::tcp::resolver resolver(io_);
    const auto endpoints =
        co_await resolver.async_resolve(url_.host, std::to_string(url_.port), asio::use_awaitable);
    Plain& lowest = beast::get_lowest_layer(*stream_);
    lowest.expires_after(absl::ToChronoNanoseconds(timeout_));
    co_await lowest.async_connect(endpoints, asio::use_awaitable);
    lowest.socket().set_option(asio::ip::tcp::no_delay(true));
    if constexpr (std::is_same_v<Stream, Secure>) {
      co_await stream_->async_handshake(asio::ssl::stream_base::client, asio::use_awaitable);
    }
  }

  asio::awaitable<int> Exchange(const Request& request) {
    if (!stream_) {
      co_await Open();
    }
    beast::get_lowest_layer(*stream_).expires_after(absl::ToChronoNanoseconds(timeout_));
    co_await http::async_write(*stream_, request, asio::use_awaitable);
    http::response_parser<http::string_body> parser;
    parser.body_limit(kMaxAnswer);
    co_await http::async_read_header(*stream_, buffer_, parser, asio::use_awaitable);
    const int status = parser.get().result_int();
    boost::system::error_code error;
    co_await http::async_read(*stream_, buffer_, parser,
                              asio::redirect_error(asio::use_awaitable, error));
    if (error || !parser.get().keep_alive()) {
      stream_.reset();
    }
    co_return status;
  }

  const Url url_;
  const absl::Duration timeout_;
  asio::io_context io_;
  asio::ssl::context tls_{asio::ssl::context::tls_client};
  std::optional<Stream> stream_;  // nullopt: not connected
  beast::flat_buffer buffer_;     // of that connection
};

absl::Status SetUpTls(asio::ssl::context& tls, const std::string& ca) {
  boost::system::error_code error;
  tls.set_verify_mode(asio::ssl::verify_peer);
  if (ca.empty()) {
    tls.set_default_verify_paths(error);
  } else {
    tls.load_verify_file(ca, error);
  }
  return error ? InvalidArgument("{}: no authorities can be read: {}",
                                 ca.empty() ? "the system's certificates" : ca, error.message())
               : absl::OkStatus();
}

}  // namespace

absl::StatusOr<std::unique_ptr<HttpPoster>> HttpPoster::Make(Url url, const std::string& ca,
                                                             absl::Duration timeout) {
  if (url.scheme != "https") {
    return std::make_unique<Poster<Plain>>(std::move(url), timeout);
  }
  auto poster = std::make_unique<Poster<Secure>>(std::move(url), timeout);
  RETURN_IF_ERROR(SetUpTls(poster->tls(), ca));
  return poster;
}

}  // namespace tideline
