#pragma once

#include <chrono>
#include <cstdint>
#include <memory>

#include <boost/asio/io_context.hpp>

#include "protocol/transport/transport.h"

namespace tideline {

// Holds frames until they are due and then sends them, first in, first out: a frame waits for the
// one before it. What the transport refuses then is lost. I/O thread only.
class DelayLine {
 public:
  using Time = std::chrono::steady_clock::time_point;

  // `transport` outlives the line.
  DelayLine(boost::asio::io_context& io, Transport& transport);
  ~DelayLine();
  DelayLine(const DelayLine&) = delete;
  DelayLine& operator=(const DelayLine&) = delete;

  void Push(Time due, PeerId peer, Frame frame);
  void Forget(PeerId peer);
  // What is due after `from` is due `factor` times as long after it.
  void Stretch(Time from, double factor);
  uint64_t bytes() const;  // held now, headers and payloads
  bool empty() const;

 private:
  struct State;
  std::shared_ptr<State> state_;
};

}  // namespace tideline
