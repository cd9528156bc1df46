#pragma once

#include <atomic>
#include <cstdint>
#include <memory>
#include <utility>

namespace tideline {

// What one request keeps in memory, in bytes, counted into a sum for all of them until its end.
// Thread-compatible; the sum is thread-safe.
class HeldBytes {
 public:
  explicit HeldBytes(std::shared_ptr<std::atomic<uint64_t>> sum) : sum_(std::move(sum)) {}
  ~HeldBytes() { *sum_ -= bytes_; }
  HeldBytes(const HeldBytes&) = delete;
  HeldBytes& operator=(const HeldBytes&) = delete;

  void Add(uint64_t bytes) {
    bytes_ += bytes;
    *sum_ += bytes;
  }

 private:
  const std::shared_ptr<std::atomic<uint64_t>> sum_;
  uint64_t bytes_ = 0;
};

}  // namespace tideline
