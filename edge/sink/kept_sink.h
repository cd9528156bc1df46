#pragma once

#include <cstddef>
#include <cstdint>
#include <deque>
#include <memory>
#include <span>
#include <string>
#include <thread>
#include <vector>

#include "absl/base/thread_annotations.h"

#include "common/base/clock.h"
#include "common/base/steady_mutex.h"
#include "edge/sink/sink.h"

namespace tideline {

struct KeepOptions {
  std::string path;  // for the log
  // What may be held, the record that is being written too; one record always may.
  size_t bytes = size_t{4} << 20;
  size_t records = size_t{1} << 16;
  // What was written is synced after so many records and within this time.
  size_t sync_records = SIZE_MAX;
  absl::Duration sync_within = absl::InfiniteDuration();
  // Between tries: at first, and at most.
  absl::Duration first_wait = absl::Milliseconds(100);
  absl::Duration longest_wait = absl::Seconds(5);
  // Where there is no room, Write waits for a sink that is only slow; else the oldest record goes,
  // so that whoever writes to other sinks too is not held back.
  bool waits = true;
};

// Writes records to a sink on a thread of its own and, where that fails, keeps and retries them in
// order. While it fails and there is no room, the oldest that waits goes, is counted, and the first
// of a spell is logged; while a reader is only slow, options.waits says what happens. What a sink
// refuses for good is lost. Thread-safe.
class KeptSink {
 public:
  KeptSink(std::unique_ptr<Sink> next, KeepOptions options);
  // As Finish at once; logs how many were lost.
  ~KeptSink();
  KeptSink(const KeptSink&) = delete;
  KeptSink& operator=(const KeptSink&) = delete;

  void Write(Record record);

  // Nothing is retried and no reader waited for after `end`: what cannot be written then, and
  // whatever comes later, is lost. Where the reader is gone that is at once.
  void EndBy(MonotonicTime end);
  // As EndBy; waits until all is written or lost.
  void Finish(MonotonicTime end);

  // Records that never will be written.
  int64_t lost() const;

 private:
  void Loop();
  std::vector<Record> Next();
  bool Deliver(std::span<const Record> records);
  bool MayTryAgain(const Record& record, const absl::Status& status);
  void WaitToRetry(absl::Duration wait);
  void Sync();
  void NoteFailure(const Record& record, const absl::Status& status)
      ABSL_EXCLUSIVE_LOCKS_REQUIRED(mutex_);
  void NoteSuccess() ABSL_EXCLUSIVE_LOCKS_REQUIRED(mutex_);
  void NoteDrop() ABSL_EXCLUSIVE_LOCKS_REQUIRED(mutex_);
  bool HasRoom(size_t bytes) const ABSL_EXCLUSIVE_LOCKS_REQUIRED(mutex_);
  bool HasWork() const ABSL_EXCLUSIVE_LOCKS_REQUIRED(mutex_) {
    return !waiting_.empty() || finishing_;
  }
  void Release(const Record& record) ABSL_EXCLUSIVE_LOCKS_REQUIRED(mutex_);

  const std::unique_ptr<Sink> next_;  // its thread's, as the three below
  const KeepOptions options_;
  const SystemClock clock_;
  size_t unsynced_ = 0;  // records
  MonotonicTime sync_due_ = absl::InfiniteDuration();
  bool sync_failing_ = false;

  mutable SteadyMutex mutex_;
  std::deque<Record> waiting_ ABSL_GUARDED_BY(mutex_);
  size_t held_ ABSL_GUARDED_BY(mutex_) = 0;   // those that wait and those that are being written
  size_t bytes_ ABSL_GUARDED_BY(mutex_) = 0;  // of those
  bool failing_ ABSL_GUARDED_BY(mutex_) = false;  // the last try failed
  int64_t dropped_ ABSL_GUARDED_BY(mutex_) = 0;   // in this spell
  int64_t lost_ ABSL_GUARDED_BY(mutex_) = 0;
  bool finishing_ ABSL_GUARDED_BY(mutex_) = false;
  bool ending_ ABSL_GUARDED_BY(mutex_) = false;
  MonotonicTime end_ ABSL_GUARDED_BY(mutex_) = absl::InfiniteDuration();
  bool woken_ ABSL_GUARDED_BY(mutex_) = false;  // the next try is due at once
  bool ended_ ABSL_GUARDED_BY(mutex_) = false;  // nothing is written any more
  std::thread thread_;                          // last: starts when the rest is ready
};

}  // namespace tideline
