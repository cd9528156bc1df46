#pragma once

#include <cstddef>
#include <cstdint>
#include <deque>
#include <functional>
#include <memory>
#include <string>

#include "absl/base/thread_annotations.h"
#include "absl/synchronization/mutex.h"

#include "edge/sink/sink.h"

namespace tideline {

// Records for who reads on from a number.
struct StoredResults {
  std::string lines;     // JSON objects with commas between them
  size_t count = 0;      // of them
  uint64_t next = 0;     // the number to read on from: the last one's, or that it was asked for
  uint64_t dropped = 0;  // those that had gone before the first one here
  bool more = false;     // there are some after these already
};

// The latest records, bounded in number and in bytes, though one is always kept: the oldest go.
// They are numbered from 1 on in the order in which they come. Thread-safe.
class ResultStore {
 public:
  ResultStore(size_t records, size_t bytes);

  // `line` is one JSON object.
  void Add(std::string line);

  // Those after the number `after`, oldest first: `count` and `bytes` at most, but one where there
  // is any. A number above last() counts as last().
  StoredResults After(uint64_t after, size_t count, size_t bytes) const;

  // The latest one's number; 0: there was none.
  uint64_t last() const;
  // Says which store the numbers are of: another one after each start.
  const std::string& id() const { return id_; }

  // Is called after each Add, where it is called, and must not block; nullptr: nobody. Once this
  // returns, the one before is not called any more.
  void SetListener(std::function<void()> listener);

 private:
  const size_t most_records_;
  const size_t most_bytes_;
  const std::string id_;
  mutable absl::Mutex mutex_;
  std::deque<std::string> lines_ ABSL_GUARDED_BY(mutex_);
  size_t bytes_ ABSL_GUARDED_BY(mutex_) = 0;
  uint64_t last_ ABSL_GUARDED_BY(mutex_) = 0;
  absl::Mutex listener_mutex_;
  std::function<void()> listener_ ABSL_GUARDED_BY(listener_mutex_);
};

// A sink that puts records into `store`.
std::unique_ptr<Sink> OpenStoreSink(std::shared_ptr<ResultStore> store);

}  // namespace tideline
