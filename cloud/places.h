#pragma once

#include <atomic>
#include <cstddef>
#include <cstdint>
#include <memory>
#include <utility>

#include "common/base/status.h"

namespace tideline {

// What open requests may take together: their number and their bytes. Thread-safe.
class Places : public std::enable_shared_from_this<Places> {
 public:
  // One request's share, given back at its end. Thread-compatible.
  class Place {
   public:
    explicit Place(std::shared_ptr<Places> places) : places_(std::move(places)) {}
    ~Place();
    Place(const Place&) = delete;
    Place& operator=(const Place&) = delete;

    // Takes `bytes` in the place of what it has. Errors: ResourceExhausted; it has then what it
    // had.
    absl::Status Resize(uint64_t bytes);

   private:
    const std::shared_ptr<Places> places_;
    uint64_t bytes_ = 0;
  };

  static std::shared_ptr<Places> Make(size_t max_requests, uint64_t max_bytes);

  // A place with `bytes`. Errors: ResourceExhausted with what is taken.
  absl::StatusOr<std::shared_ptr<Place>> Take(uint64_t bytes);
  size_t requests() const { return requests_; }

 private:
  Places(size_t max_requests, uint64_t max_bytes)
      : max_requests_(max_requests), max_bytes_(max_bytes) {}

  const size_t max_requests_;
  const uint64_t max_bytes_;
  std::atomic<size_t> requests_ = 0;
  std::atomic<uint64_t> bytes_ = 0;
};

}  // namespace tideline
