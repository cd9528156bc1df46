#pragma once

#include <functional>
#include <memory>

#include "common/web/message.h"

namespace tideline {

// The way back to whoever sent a request, for one answer. Copies share it; once the last is gone
// without an answer, that is 500. An answer for a client that went away is dropped.
// Thread-safe; must not outlive the server's io_context.
class Responder {
 public:
  using Send = std::function<void(WebResponse)>;

  // `send` is called once, on the thread that answers.
  explicit Responder(Send send);

  // Never blocks. The first call counts.
  void operator()(WebResponse response) const;

 private:
  struct State;
  std::shared_ptr<State> state_;
};

}  // namespace tideline
