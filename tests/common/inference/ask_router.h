#pragma once

#include <future>
#include <memory>
#include <string>
#include <utility>

#include <gtest/gtest.h>

#include "common/web/router.h"

namespace tideline {

// What a route answers, once it does.
class Asked {
 public:
  explicit Asked(std::future<WebResponse> answer) : answer_(std::move(answer)) {}

  bool ready() const {
    return !answer_.valid() || answer_.wait_for(std::chrono::seconds(0)) == kReady;
  }
  // Waits for it.
  const WebResponse& response() {
    if (answer_.valid()) {
      response_ = answer_.get();
    }
    return response_;
  }

 private:
  static constexpr std::future_status kReady = std::future_status::ready;
  std::future<WebResponse> answer_;
  WebResponse response_;
};

// Calls the handler of a path as the server does, without sockets. `is_gone` as Responder has it.
inline Asked Ask(const Router& router, const std::string& method, const std::string& path,
                 WebRequest request = {}, Responder::IsGone is_gone = {}) {
  auto promise = std::make_shared<std::promise<WebResponse>>();
  Asked asked(promise->get_future());
  const Router::Match match = router.Find(method, ParseTarget(path).value());
  if (match.route == nullptr) {
    ADD_FAILURE() << "there is no " << path;
    promise->set_value({.status = 0});
    return asked;
  }
  request.method = method;
  request.path = path;
  request.parameters = match.parameters;
  match.route->handler(
      std::make_shared<const WebRequest>(std::move(request)),
      Responder([promise](WebResponse response) { promise->set_value(std::move(response)); },
                std::move(is_gone)));
  return asked;
}

}  // namespace tideline
