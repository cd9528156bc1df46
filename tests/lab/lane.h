#pragma once

#include <cstdint>
#include <functional>

#include "boost/asio/any_io_executor.hpp"
#include "boost/asio/steady_timer.hpp"

#include "tests/lab/pipe.h"

namespace tideline::lab {

// How far behind its Pipe a Lane runs: the machine's own delays.
struct Lateness {
  int64_t arrivals = 0;
  int64_t over_1ms = 0;
  absl::Duration total, worst;
};

// A Pipe that runs by the machine's clock. I/O thread only.
class Lane {
 public:
  // Called for every packet that Push took, when it arrives or (`lost`) is lost.
  using Arrived = std::function<void(uint32_t packet, bool lost)>;

  Lane(boost::asio::any_io_executor executor, uint64_t seed, Arrived arrived);

  bool Push(uint32_t packet, int64_t bytes);
  bool HasRoom(int64_t bytes) { return pipe_.HasRoom(clock_.Now(), bytes); }
  void Change(PipeSettings settings);

  const PipeSettings& settings() const { return pipe_.settings(); }
  const PipeStats& stats() const { return pipe_.stats(); }
  const Lateness& lateness() const { return lateness_; }

 private:
  void Deliver();
  void Arm();

  SystemClock clock_;
  boost::asio::steady_timer timer_;
  MonotonicTime armed_ = absl::InfiniteDuration();
  Pipe pipe_;
  Arrived arrived_;
  Lateness lateness_;
};

}  // namespace tideline::lab
