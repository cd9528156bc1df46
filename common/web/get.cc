#include "common/web/get.h"

#include <optional>
#include <utility>

#include "boost/asio/co_spawn.hpp"
#include "boost/asio/io_context.hpp"
#include "boost/asio/ip/tcp.hpp"
#include "boost/asio/use_awaitable.hpp"
#include "boost/beast/core/flat_buffer.hpp"
#include "boost/beast/core/tcp_stream.hpp"
#include "boost/beast/http/empty_body.hpp"
#include "boost/beast/http/read.hpp"
#include "boost/beast/http/string_body.hpp"
#include "boost/beast/http/write.hpp"

namespace tideline {
namespace {

namespace asio = boost::asio;
namespace beast = boost::beast;
namespace http = boost::beast::http;

constexpr unsigned kVersion = 11;    // HTTP/1.1
constexpr size_t kShownError = 200;  // bytes of a server's error text

struct Answer {
  unsigned status = 0;
  std::string body;
};

http::request<http::empty_body> MakeRequest(const WebUrl& url, const std::string& token) {
  http::request<http::empty_body> request{http::verb::get, url.path.empty() ? "/" : url.path,
                                          kVersion};
  request.set(http::field::host, url.host + ":" + url.port);
  request.set(http::field::user_agent, "tideline");
  request.set(http::field::connection, "close");
  if (!token.empty()) {
    request.set(http::field::authorization, "Bearer " + token);
  }
  return request;
}

asio::awaitable<Answer> Get(WebUrl url, WebGetOptions options) {
  auto executor = co_await asio::this_coro::executor;
  asio::ip::tcp::resolver resolver(executor);
  beast::tcp_stream stream(executor);
  stream.expires_after(absl::ToChronoNanoseconds(options.limit));
  const bool bracketed = url.host.starts_with('[');
  const std::string host = bracketed ? url.host.substr(1, url.host.size() - 2) : url.host;
  const auto addresses = co_await resolver.async_resolve(host, url.port, asio::use_awaitable);
  co_await stream.async_connect(addresses, asio::use_awaitable);
  auto request = MakeRequest(url, options.token);
  co_await http::async_write(stream, request, asio::use_awaitable);
  beast::flat_buffer buffer;
  http::response_parser<http::string_body> parser;
  parser.body_limit(options.max_body);
  co_await http::async_read(stream, buffer, parser, asio::use_awaitable);
  co_return Answer{parser.get().result_int(), std::move(parser.get().body())};
}

absl::Status ToStatus(const boost::system::error_code& error, const std::string& where) {
  if (error == beast::error::timeout) {
    return DeadlineExceeded("{}: no whole answer in time", where);
  }
  if (error == http::error::body_limit) {
    return ResourceExhausted("{}: the answer is too large", where);
  }
  return Unavailable("{}: {}", where, error.message());
}

absl::Status RefusalOf(const Answer& answer, const std::string& where) {
  const std::string text =
      fmt::format("{} answers {}: {}", where, answer.status, answer.body.substr(0, kShownError));
  switch (answer.status) {
    case 401:
    case 403:
      return absl::PermissionDeniedError(text);
    case 404:
      return absl::NotFoundError(text);
    default:
      return absl::FailedPreconditionError(text);
  }
}

}  // namespace

absl::StatusOr<WebUrl> ParseWebUrl(const std::string& url) {
  constexpr std::string_view kScheme = "http://";
  const auto wrong = [&] {
    return InvalidArgument("'{}' is no address; write http://HOST[:PORT][/PATH]", url);
  };
  if (!url.starts_with(kScheme) || url.find_first_of(" \t\r\n") != std::string::npos) {
    return wrong();
  }
  const size_t slash = url.find('/', kScheme.size());
  const std::string authority = url.substr(kScheme.size(), slash - kScheme.size());
  const size_t bracket = authority.find(']');
  const size_t colon = authority.find(':', bracket == std::string::npos ? 0 : bracket);
  WebUrl parsed;
  parsed.host = authority.substr(0, colon);
  parsed.path = slash == std::string::npos ? "" : url.substr(slash);
  if (colon != std::string::npos) {
    parsed.port = authority.substr(colon + 1);
  }
  if (parsed.host.empty() || parsed.port.empty() || parsed.port.size() > 5 ||
      parsed.port.find_first_not_of("0123456789") != std::string::npos) {
    return wrong();
  }
  return parsed;
}

absl::StatusOr<std::string> WebGet(const WebUrl& url, const WebGetOptions& options) {
  const std::string where = fmt::format("http://{}:{}{}", url.host, url.port, url.path);
  asio::io_context io(1);
  std::optional<absl::StatusOr<Answer>> answer;
  asio::co_spawn(io, Get(url, options), [&](const std::exception_ptr& failure, Answer got) {
    if (!failure) {
      answer = std::move(got);
      return;
    }
    try {
      std::rethrow_exception(failure);
    } catch (const boost::system::system_error& error) {
      answer = ToStatus(error.code(), where);
    }
  });
  io.run();
  if (!answer->ok()) {
    return answer->status();
  }
  if ((*answer)->status != 200) {
    return RefusalOf(**answer, where);
  }
  return std::move((*answer)->body);
}

}  // namespace tideline
