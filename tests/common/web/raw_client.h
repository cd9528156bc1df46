#pragma once

#include <arpa/inet.h>
#include <cstdlib>
#include <future>
#include <map>
#include <string>
#include <string_view>
#include <sys/socket.h>
#include <sys/time.h>
#include <thread>
#include <unistd.h>

#include "boost/asio/executor_work_guard.hpp"
#include "boost/asio/io_context.hpp"
#include "boost/asio/post.hpp"
#include <gtest/gtest.h>
#include <netinet/in.h>

#include "common/web/server.h"

namespace tideline {

// A client that sends what it is told, right or wrong.
class RawClient {
 public:
  explicit RawClient(int port, int receive_buffer = 0)
      : socket_(::socket(AF_INET, SOCK_STREAM, 0)) {
    if (receive_buffer > 0) {
      ::setsockopt(socket_, SOL_SOCKET, SO_RCVBUF, &receive_buffer, sizeof(receive_buffer));
    }
    const timeval patience{.tv_sec = 30};  // only ends a test that hangs
    ::setsockopt(socket_, SOL_SOCKET, SO_RCVTIMEO, &patience, sizeof(patience));
    ::setsockopt(socket_, SOL_SOCKET, SO_SNDTIMEO, &patience, sizeof(patience));
    sockaddr_in address{.sin_family = AF_INET, .sin_port = htons(static_cast<uint16_t>(port))};
    address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
    connected_ = ::connect(socket_, reinterpret_cast<sockaddr*>(&address), sizeof(address)) == 0;
  }
  ~RawClient() { ::close(socket_); }
  RawClient(const RawClient&) = delete;
  RawClient& operator=(const RawClient&) = delete;

  bool connected() const { return connected_; }

  // False where the other side has closed.
  bool Send(std::string_view bytes) {
    while (!bytes.empty()) {
      const ssize_t sent = ::send(socket_, bytes.data(), bytes.size(), MSG_NOSIGNAL);
      if (sent <= 0) {
        return false;
      }
      bytes.remove_prefix(static_cast<size_t>(sent));
    }
    return true;
  }
  void EndSending() { ::shutdown(socket_, SHUT_WR); }

  // Until `text` is there or the other side has closed; what came up to its end.
  std::string ReadTo(std::string_view text) {
    size_t found = std::string::npos;
    while ((found = read_.find(text)) == std::string::npos) {
      char buffer[65536];
      const ssize_t count = ::recv(socket_, buffer, sizeof(buffer), 0);
      if (count <= 0) {
        return std::exchange(read_, {});
      }
      read_.append(buffer, static_cast<size_t>(count));
    }
    std::string taken = read_.substr(0, found + text.size());
    read_.erase(0, taken.size());
    return taken;
  }
  // To the end.
  std::string ReadAll() { return ReadTo(std::string_view("\0\1never", 7)); }

  struct Answer {
    int status = 0;  // 0: closed without one
    std::string head;
    std::string body;
  };
  Answer Read(bool has_body = true) {
    Answer answer;
    answer.head = ReadTo("\r\n\r\n");
    if (!answer.head.starts_with("HTTP/1.1 ")) {
      return answer;
    }
    answer.status = std::atoi(answer.head.c_str() + 9);
    const size_t length = answer.head.find("Content-Length: ");
    if (length == std::string::npos || !has_body) {
      return answer;
    }
    const auto bytes = static_cast<size_t>(std::atoll(answer.head.c_str() + length + 16));
    while (read_.size() < bytes) {
      char buffer[65536];
      const ssize_t count = ::recv(socket_, buffer, sizeof(buffer), 0);
      if (count <= 0) {
        break;
      }
      read_.append(buffer, static_cast<size_t>(count));
    }
    answer.body = read_.substr(0, bytes);
    read_.erase(0, answer.body.size());
    return answer;
  }
  Answer Ask(std::string_view request, bool has_body = true) {
    Send(request);
    return Read(has_body);
  }

 private:
  const int socket_;
  bool connected_ = false;
  std::string read_;
};

// "METHOD TARGET HTTP/1.1" with a host, more headers and a body.
inline std::string Request(std::string_view method, std::string_view target,
                           std::string_view headers = "", std::string_view body = "") {
  std::string text(method);
  text.append(" ").append(target).append(" HTTP/1.1\r\nHost: localhost\r\n").append(headers);
  if (method == "POST") {
    text += "Content-Length: " + std::to_string(body.size()) + "\r\n";
  }
  return text.append("\r\n").append(body);
}

// A server on a thread of its own.
class RunningServer {
 public:
  RunningServer(WebOptions options, Router router)
      : work_(io_.get_executor()),
        server_(WebServer::Start(io_, std::move(options), std::move(router)).value()),
        thread_([this] { io_.run(); }) {}
  ~RunningServer() {
    io_.stop();
    thread_.join();
  }
  RunningServer(const RunningServer&) = delete;
  RunningServer& operator=(const RunningServer&) = delete;

  int port() const {
    const std::string address = server_->address();
    return std::atoi(address.c_str() + address.rfind(':') + 1);
  }
  WebStatistics statistics() {
    std::promise<WebStatistics> promise;
    boost::asio::post(io_, [&] { promise.set_value(server_->statistics()); });
    return promise.get_future().get();
  }

 private:
  boost::asio::io_context io_{1};
  boost::asio::executor_work_guard<boost::asio::io_context::executor_type> work_;
  std::unique_ptr<WebServer> server_;
  std::thread thread_;
};

}  // namespace tideline
