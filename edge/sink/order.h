#pragma once

#include <cstddef>
#include <cstdint>
#include <deque>
#include <optional>
#include <vector>

#include "absl/base/thread_annotations.h"
#include "absl/synchronization/mutex.h"

#include "edge/sink/sink.h"

namespace tideline {

// Puts records back into the order in which they are expected. Holds no more than `limit`: who
// expects one more waits until the first has come. Thread-safe.
class Order {
 public:
  explicit Order(size_t limit) : limit_(limit) {}

  // The record of `seq` comes after all that were expected before. Waits for room.
  void Expect(uint64_t seq);

  // Takes a record, in any order; what may go on now, in order. One that is not expected goes on.
  std::vector<Record> Take(Record record);

  // Gives up what has not come: everything that is held, in order.
  std::vector<Record> Rest();

 private:
  struct Place {
    uint64_t seq = 0;
    std::optional<Record> record;  // nullopt: has not come
  };
  bool HasRoom() const ABSL_EXCLUSIVE_LOCKS_REQUIRED(mutex_) { return places_.size() < limit_; }

  const size_t limit_;
  absl::Mutex mutex_;
  std::deque<Place> places_ ABSL_GUARDED_BY(mutex_);
};

}  // namespace tideline
