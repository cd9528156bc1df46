#pragma once

#include <cstddef>
#include <deque>
#include <utility>

namespace tideline {

// The latest of something, at most so many. Thread-compatible.
template <typename T>
class Recent {
 public:
  explicit Recent(size_t most) : most_(most) {}

  void Add(T item) {
    items_.push_back(std::move(item));
    if (items_.size() > most_) {
      items_.pop_front();
    }
  }
  const std::deque<T>& items() const { return items_; }  // oldest first

 private:
  size_t most_;
  std::deque<T> items_;
};

}  // namespace tideline
