#pragma once

#include <deque>
#include <functional>
#include <memory>
#include <utility>

#include <boost/asio/io_context.hpp>
#include <boost/asio/post.hpp>

namespace tideline {

// Calls functions in order and on a clean stack, so that what they call may be what queued them.
// Each is called exactly once: from the loop, or from the destructor. I/O thread only.
class CallbackQueue {
 public:
  explicit CallbackQueue(boost::asio::io_context& io) : io_(io) {}
  ~CallbackQueue() { Run(*functions_); }
  CallbackQueue(const CallbackQueue&) = delete;
  CallbackQueue& operator=(const CallbackQueue&) = delete;

  void Push(std::function<void()> function) {
    functions_->push_back(std::move(function));
    if (functions_->size() == 1) {
      boost::asio::post(io_, [functions = functions_] { Run(*functions); });
    }
  }

 private:
  using Functions = std::deque<std::function<void()>>;

  static void Run(Functions& functions) {
    while (!functions.empty()) {
      const std::function<void()> next = std::move(functions.front());
      functions.pop_front();
      next();
    }
  }

  boost::asio::io_context& io_;
  std::shared_ptr<Functions> functions_ = std::make_shared<Functions>();
};

}  // namespace tideline
