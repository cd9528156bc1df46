#pragma once

#include <chrono>
#include <functional>
#include <string>
#include <vector>

#include <boost/asio/io_context.hpp>

#include "protocol/transport/transport.h"

namespace tideline {

// Runs the loop until `condition` holds; false after a time that only a fault can need.
inline bool RunUntil(boost::asio::io_context& io, const std::function<bool()>& condition) {
  const auto limit = std::chrono::steady_clock::now() + std::chrono::seconds(45);
  io.restart();
  while (!condition()) {
    if (std::chrono::steady_clock::now() > limit) {
      return false;
    }
    io.run_one_for(std::chrono::milliseconds(20));
    if (io.stopped()) {
      io.restart();
    }
  }
  return true;
}

// Keeps what it gets.
class Recorder : public FrameHandler {
 public:
  void OnFrame(const Peer& peer, Frame frame) override {
    peers.push_back(peer);
    frames.push_back(std::move(frame));
    if (on_frame) {
      on_frame();
    }
  }
  void OnConnected() override { ++connected; }
  void OnDisconnected(const std::string& why) override {
    ++disconnected;
    reason = why;
  }

  std::vector<Peer> peers;
  std::vector<Frame> frames;
  std::function<void()> on_frame;
  int connected = 0;
  int disconnected = 0;
  std::string reason;
};

inline std::string Text(const Bytes& bytes) {
  return {reinterpret_cast<const char*>(bytes.view.data()), bytes.size()};
}

}  // namespace tideline
