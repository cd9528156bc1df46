#include "common/web/responder.h"

#include <atomic>
#include <utility>

namespace tideline {

struct Responder::State {
  explicit State(Send send) : send(std::move(send)) {}
  ~State() {
    if (!answered) {
      send(ErrorResponse(500, "the request was dropped"));
    }
  }
  State(const State&) = delete;
  State& operator=(const State&) = delete;

  const Send send;
  std::atomic<bool> answered = false;
};

Responder::Responder(Send send) : state_(std::make_shared<State>(std::move(send))) {}

void Responder::operator()(WebResponse response) const {
  if (!state_->answered.exchange(true)) {
    state_->send(std::move(response));
  }
}

}  // namespace tideline
