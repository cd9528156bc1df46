#pragma once

#include <algorithm>
#include <compare>
#include <cstdint>
#include <functional>
#include <map>
#include <memory>
#include <tuple>
#include <vector>

#include "absl/base/thread_annotations.h"
#include "absl/synchronization/mutex.h"

#include "common/base/status.h"
#include "common/program/program.h"

namespace tideline::openvino {

// What one compiled segment is for.
struct SegmentKey {
  std::vector<ValueId> from;
  std::vector<ValueId> to;
  int64_t batch = 1;

  auto operator<=>(const SegmentKey&) const = default;
};

// Compiled segments that together take at most `limit` bytes (0 = no limit), and of those that are
// no pieces of the network at most `most_extras`. The ones used longest ago go first, pieces last.
// Who holds a segment keeps it when it goes. Thread-safe.
template <typename T>
class SegmentStore {
 public:
  enum class Role { kPiece, kExtra };
  using Make = std::function<absl::StatusOr<std::shared_ptr<T>>()>;

  explicit SegmentStore(uint64_t limit, size_t most_extras = 64)
      : limit_(limit), most_extras_(most_extras) {}

  uint64_t limit() const { return limit_; }

  // nullptr where it is not there or not ready. Never blocks for long.
  std::shared_ptr<T> Find(const SegmentKey& key) {
    const absl::MutexLock lock(&mutex_);
    if (const auto found = entries_.find(key); found != entries_.end()) {
      found->second.used = ++clock_;
      return found->second.segment;
    }
    return nullptr;
  }

  // What is under `key`, made by `make` where it is not there, after room was made for `bytes`.
  // Blocks, also while another thread makes the same. Errors: ResourceExhausted where `bytes` is
  // over the limit, and those of `make`.
  absl::StatusOr<std::shared_ptr<T>> GetOrMake(const SegmentKey& key, uint64_t bytes, Role role,
                                               const Make& make) {
    {
      const absl::MutexLock lock(&mutex_);
      const auto not_being_made = [this, &key] {
        const auto found = entries_.find(key);
        return found == entries_.end() || found->second.segment != nullptr;
      };
      mutex_.Await(absl::Condition(&not_being_made));
      if (const auto found = entries_.find(key); found != entries_.end()) {
        found->second.used = ++clock_;
        return found->second.segment;
      }
      RETURN_IF_ERROR(MakeRoom(bytes, role));
      entries_[key] = {.bytes = bytes, .role = role, .used = ++clock_};
    }
    absl::StatusOr<std::shared_ptr<T>> made = make();
    const absl::MutexLock lock(&mutex_);
    if (made.ok()) {
      entries_[key].segment = *made;
    } else {
      entries_.erase(key);
    }
    return made;
  }

  // Whether `bytes` more fit without giving up any piece.
  bool HasRoomBesidePieces(uint64_t bytes) const {
    const absl::MutexLock lock(&mutex_);
    const uint64_t pieces = Sum([](const Entry& entry) { return entry.role == Role::kPiece; });
    return limit_ == 0 || (bytes <= limit_ && pieces <= limit_ - bytes);
  }

  uint64_t bytes() const {
    const absl::MutexLock lock(&mutex_);
    return Sum();
  }

 private:
  struct Entry {
    std::shared_ptr<T> segment;  // nullptr while it is made
    uint64_t bytes = 0;
    Role role = Role::kExtra;
    uint64_t used = 0;  // clock_ at the last use
  };

  // Bytes of the entries that count.
  uint64_t Sum(bool (*counts)(const Entry&) = [](const Entry&) { return true; }) const
      ABSL_EXCLUSIVE_LOCKS_REQUIRED(mutex_) {
    uint64_t bytes = 0;
    for (const auto& [key, entry] : entries_) {
      bytes += counts(entry) ? entry.bytes : 0;
    }
    return bytes;
  }

  bool HasRoom(uint64_t bytes, Role role) const ABSL_EXCLUSIVE_LOCKS_REQUIRED(mutex_) {
    const auto is_extra = [](const auto& each) { return each.second.role == Role::kExtra; };
    const auto extras = static_cast<size_t>(std::ranges::count_if(entries_, is_extra));
    return (role == Role::kPiece || extras < most_extras_) &&
           (limit_ == 0 || Sum() <= limit_ - bytes);
  }

  absl::Status MakeRoom(uint64_t bytes, Role role) ABSL_EXCLUSIVE_LOCKS_REQUIRED(mutex_) {
    if (limit_ != 0 && bytes > limit_) {
      return ResourceExhausted(
          "compiling it takes about {} bytes, the limit is {}; raise memory_limit", bytes, limit_);
    }
    while (!HasRoom(bytes, role) && DropOne()) {
    }
    return absl::OkStatus();
  }

  // False where nothing is left but what is being made.
  bool DropOne() ABSL_EXCLUSIVE_LOCKS_REQUIRED(mutex_) {
    const auto rank = [](const auto& each) {
      const auto& [segment, bytes, role, used] = each.second;
      return std::tuple(segment == nullptr, role == Role::kPiece, used);
    };
    const auto first = std::ranges::min_element(entries_, {}, rank);
    const bool found = first != entries_.end() && first->second.segment != nullptr;
    if (found) {
      entries_.erase(first);
    }
    return found;
  }

  const uint64_t limit_;
  const size_t most_extras_;
  mutable absl::Mutex mutex_;
  std::map<SegmentKey, Entry> entries_ ABSL_GUARDED_BY(mutex_);
  uint64_t clock_ ABSL_GUARDED_BY(mutex_) = 0;
};

}  // namespace tideline::openvino
