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
  using IsGone = std::function<bool()>;

  // `send` is called once, on the thread that answers. `is_gone`, which may be empty: whether the
  // client has gone.
  explicit Responder(Send send, IsGone is_gone = {});

  // Never blocks. The first call counts.
  void operator()(WebResponse response) const;

  // Whether nobody waits for the answer any more, as far as one can see now: work that has not
  // begun may be left undone. A client that has closed its own side counts as gone. I/O thread
  // only.
  bool IsUnwanted() const;

 private:
  struct State;
  std::shared_ptr<State> state_;
};

}  // namespace tideline
