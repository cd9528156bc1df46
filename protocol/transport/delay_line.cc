#include "protocol/transport/delay_line.h"

#include <deque>
#include <utility>

#include <boost/asio/steady_timer.hpp>

namespace tideline {

struct DelayLine::State : std::enable_shared_from_this<DelayLine::State> {
  struct Held {
    Time due;
    PeerId peer;
    Frame frame;
    uint64_t size() const { return frame.header.size() + frame.payload.size(); }
  };

  State(boost::asio::io_context& io, Transport& to) : timer(io), transport(&to) {}

  void Wait() {
    timer.expires_at(held.front().due);
    timer.async_wait([state = shared_from_this()](const boost::system::error_code& error) {
      if (!error && state->transport != nullptr) {
        state->SendDue();
      }
    });
  }

  void SendDue() {
    while (!held.empty() && held.front().due <= std::chrono::steady_clock::now()) {
      Held next = std::move(held.front());
      held.pop_front();
      bytes -= next.size();
      transport->Send(next.peer, std::move(next.frame)).IgnoreError();
    }
    if (!held.empty()) {
      Wait();
    }
  }

  boost::asio::steady_timer timer;
  Transport* transport;  // nullptr once the line is gone
  std::deque<Held> held;
  uint64_t bytes = 0;
};

DelayLine::DelayLine(boost::asio::io_context& io, Transport& transport)
    : state_(std::make_shared<State>(io, transport)) {}

DelayLine::~DelayLine() {
  state_->transport = nullptr;
  state_->timer.cancel();
}

void DelayLine::Push(Time due, PeerId peer, Frame frame) {
  const bool idle = state_->held.empty();
  state_->held.push_back({due, peer, std::move(frame)});
  state_->bytes += state_->held.back().size();
  if (idle) {
    state_->Wait();
  }
}

void DelayLine::Forget(PeerId peer) {
  std::erase_if(state_->held, [this, peer](const State::Held& held) {
    if (held.peer != peer) {
      return false;
    }
    state_->bytes -= held.size();
    return true;
  });
}

void DelayLine::Stretch(Time from, double factor) {
  for (State::Held& held : state_->held) {
    if (held.due > from) {
      const double after = static_cast<double>((held.due - from).count());
      held.due = from + Time::duration(static_cast<int64_t>(after * factor));
    }
  }
  if (!state_->held.empty()) {
    state_->Wait();  // for its new time; the wait for the old one is cancelled
  }
}

uint64_t DelayLine::bytes() const { return state_->bytes; }

bool DelayLine::empty() const { return state_->held.empty(); }

}  // namespace tideline
