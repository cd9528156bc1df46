#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <numeric>
#include <optional>
#include <span>
#include <vector>

namespace tideline::lab {

// Room for packets, allocated once. Thread-compatible.
class PacketPool {
 public:
  static constexpr size_t kMaxPacket = 2048;  // bytes

  explicit PacketPool(size_t packets) : packets_(packets), free_(packets) {
    std::iota(free_.begin(), free_.end(), 0);
  }

  // None while all are in use.
  std::optional<uint32_t> Take() {
    if (free_.empty()) {
      return std::nullopt;
    }
    const uint32_t packet = free_.back();
    free_.pop_back();
    return packet;
  }
  void Return(uint32_t packet) { free_.push_back(packet); }

  std::span<std::byte> room(uint32_t packet) { return packets_[packet].bytes; }
  std::span<const std::byte> bytes(uint32_t packet) const {
    return std::span(packets_[packet].bytes).first(packets_[packet].size);
  }
  void set_size(uint32_t packet, size_t size) { packets_[packet].size = size; }

 private:
  struct Packet {
    size_t size = 0;
    std::array<std::byte, kMaxPacket> bytes;
  };
  std::vector<Packet> packets_;
  std::vector<uint32_t> free_;
};

}  // namespace tideline::lab
