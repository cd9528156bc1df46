#include "common/web/responder.h"

#include <atomic>
#include <utility>

namespace tideline {

struct Responder::State {
  State(Send send, IsGone is_gone) : send(std::move(send)), is_gone(std::move(is_gone)) {}
  ~State() {
    if (!answered) {
      send(ErrorResponse(500, "the request was dropped"));
    }
  }
  State(const State&) = delete;
  State& operator=(const State&) = delete;

  const Send send;
  const IsGone is_gone;
  std::atomic<bool> answered = false;
};

Responder::Responder(Send send, IsGone is_gone)
    : state_(std::make_shared<State>(std::move(send), std::move(is_gone))) {}

void Responder::operator()(WebResponse response) const {
  if (!state_->answered.exchange(true)) {
    state_->send(std::move(response));
  }
}

bool Responder::IsUnwanted() const {
  return state_->answered || (state_->is_gone && state_->is_gone());
}

}  // namespace tideline
