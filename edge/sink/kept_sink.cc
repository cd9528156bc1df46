#include "edge/sink/kept_sink.h"

#include <algorithm>
#include <pthread.h>
#include <utility>

#include "common/telemetry/log.h"

namespace tideline {
namespace {

size_t BytesOf(const Record& record) {
  return sizeof(Record) + record.id.size() + record.line.size() + record.image.size() +
         (record.pixels.defined() ? record.pixels.nbytes() : 0) + record.caption.size();
}

}  // namespace

KeptSink::KeptSink(std::unique_ptr<Sink> next, KeepOptions options)
    : next_(std::move(next)), options_(std::move(options)), thread_([this] { Loop(); }) {
  pthread_setname_np(thread_.native_handle(), "sink");
}

KeptSink::~KeptSink() {
  Finish(clock_.Now());
  thread_.join();
  if (const int64_t lost = this->lost(); lost > 0) {
    Log(LogLevel::kError, "sink_lost", {{"path", options_.path}, {"results", lost}});
  }
}

int64_t KeptSink::lost() const {
  const SteadyLock lock(&mutex_);
  return lost_;
}

bool KeptSink::HasRoom(size_t bytes) const {
  return held_ == 0 || (held_ < options_.records && bytes_ + bytes <= options_.bytes);
}

void KeptSink::Write(Record record) {
  const size_t bytes = BytesOf(record);
  const SteadyLock lock(&mutex_);
  mutex_.Await([&]() ABSL_NO_THREAD_SAFETY_ANALYSIS {
    return !options_.waits || ended_ || failing_ || HasRoom(bytes);
  });
  if (ended_) {
    ++lost_;
    return;
  }
  while (!HasRoom(bytes) && !waiting_.empty()) {
    Release(waiting_.front());
    waiting_.pop_front();
    NoteDrop();
  }
  if (!HasRoom(bytes)) {
    NoteDrop();
    return;
  }
  ++held_;
  bytes_ += bytes;
  waiting_.push_back(std::move(record));
}

void KeptSink::Release(const Record& record) {
  --held_;
  bytes_ -= BytesOf(record);
}

void KeptSink::EndBy(MonotonicTime end) {
  const SteadyLock lock(&mutex_);
  end_ = std::min(end_, end);
  ending_ = true;
  woken_ = true;
}

void KeptSink::Finish(MonotonicTime end) {
  EndBy(end);
  const SteadyLock lock(&mutex_);
  finishing_ = true;
  mutex_.Await([this]() ABSL_NO_THREAD_SAFETY_ANALYSIS { return ended_; });
}

// The sink's thread, as everything below.
void KeptSink::Loop() {
  bool writes = true;
  while (writes) {
    const std::vector<Record> records = Next();
    if (records.empty()) {
      break;
    }
    writes = Deliver(records);
    const SteadyLock lock(&mutex_);
    lost_ += writes ? 0 : static_cast<int64_t>(records.size());
    std::ranges::for_each(
        records, [this](const Record& record) ABSL_NO_THREAD_SAFETY_ANALYSIS { Release(record); });
  }
  Sync();
  const SteadyLock lock(&mutex_);
  lost_ += static_cast<int64_t>(waiting_.size());
  waiting_.clear();
  ended_ = true;
}

// The oldest that wait, as many as the sink takes at once; syncs what is due meanwhile. Empty: all
// was written, and no more comes.
std::vector<Record> KeptSink::Next() {
  while (true) {
    const absl::Duration rest = sync_due_ - clock_.Now();
    if (rest <= absl::ZeroDuration() || unsynced_ >= options_.sync_records) {
      Sync();
      continue;
    }
    const SteadyLock lock(&mutex_);
    const auto has_work = [this]() ABSL_NO_THREAD_SAFETY_ANALYSIS { return HasWork(); };
    if (!mutex_.AwaitFor(has_work, rest)) {
      continue;
    }
    std::vector<Record> records;
    while (!waiting_.empty() && records.size() < next_->batch()) {
      records.push_back(std::move(waiting_.front()));
      waiting_.pop_front();
    }
    return records;
  }
}

// Tries until the records are written, or refused for good; false where they were given up.
bool KeptSink::Deliver(std::span<const Record> records) {
  absl::Duration wait = options_.first_wait;
  while (true) {
    const absl::Status status = next_->WriteAll(records);
    if (status.ok()) {
      unsynced_ += records.size();
      sync_due_ = std::min(sync_due_, clock_.Now() + options_.sync_within);
      const SteadyLock lock(&mutex_);
      NoteSuccess();
      return true;
    }
    if (absl::IsInvalidArgument(status)) {
      Log(LogLevel::kError, "sink_refused",
          {{"path", options_.path}, {"id", records.front().id}, {"error", status}});
      const SteadyLock lock(&mutex_);
      lost_ += static_cast<int64_t>(records.size());
      return true;
    }
    if (!MayTryAgain(records.front(), status)) {
      return false;
    }
    if (unsynced_ > 0 && options_.sync_within < absl::InfiniteDuration()) {
      Sync();  // it may take long until the next is written
    }
    if (!absl::IsDeadlineExceeded(status)) {
      WaitToRetry(wait);
      wait = std::min(2 * wait, options_.longest_wait);
    }
  }
}

bool KeptSink::MayTryAgain(const Record& record, const absl::Status& status) {
  const SteadyLock lock(&mutex_);
  if (!absl::IsDeadlineExceeded(status)) {
    NoteFailure(record, status);
  }
  return clock_.Now() < end_ && !(ending_ && absl::IsCancelled(status));
}

void KeptSink::WaitToRetry(absl::Duration wait) {
  const SteadyLock lock(&mutex_);
  mutex_.AwaitFor([this]() ABSL_NO_THREAD_SAFETY_ANALYSIS { return woken_; },
                  std::min(wait, end_ - clock_.Now()));
  woken_ = false;
}

void KeptSink::Sync() {
  unsynced_ = 0;
  sync_due_ = absl::InfiniteDuration();
  const absl::Status status = next_->Sync();
  if (!status.ok() && !sync_failing_) {
    Log(LogLevel::kError, "sink_sync_failed", {{"path", options_.path}, {"error", status}});
  } else if (status.ok() && sync_failing_) {
    Log(LogLevel::kInfo, "sink_sync_recovered", {{"path", options_.path}});
  }
  sync_failing_ = !status.ok();
}

void KeptSink::NoteFailure(const Record& record, const absl::Status& status) {
  if (!std::exchange(failing_, true)) {
    Log(LogLevel::kError, "sink_failed",
        {{"path", options_.path}, {"id", record.id}, {"error", status}});
  }
}

void KeptSink::NoteSuccess() {
  const bool caught_up = dropped_ > 0 && waiting_.empty();
  if (std::exchange(failing_, false) || caught_up) {
    Log(LogLevel::kInfo, "sink_recovered",
        {{"path", options_.path}, {"kept", held_}, {"dropped", std::exchange(dropped_, 0)}});
  }
}

void KeptSink::NoteDrop() {
  ++lost_;
  if (dropped_++ == 0) {
    Log(LogLevel::kError, "sink_dropping",
        {{"path", options_.path}, {"kept", held_}, {"bytes", bytes_}});
  }
}

}  // namespace tideline
