#include "edge/sink/result_store.h"

#include <algorithm>
#include <random>
#include <utility>

namespace tideline {
namespace {

class StoreSink final : public Sink {
 public:
  explicit StoreSink(std::shared_ptr<ResultStore> store) : store_(std::move(store)) {}

  absl::Status Write(const Record& record) override {
    std::string line = record.line;
    if (line.ends_with('\n')) {
      line.pop_back();
    }
    store_->Add(std::move(line));
    return absl::OkStatus();
  }
  absl::Status Sync() override { return absl::OkStatus(); }

 private:
  const std::shared_ptr<ResultStore> store_;
};

}  // namespace

ResultStore::ResultStore(size_t records, size_t bytes)
    : most_records_(records),
      most_bytes_(bytes),
      id_(fmt::format("{:08x}", std::random_device()())) {}

void ResultStore::Add(std::string line) {
  {
    const absl::MutexLock lock(&mutex_);
    bytes_ += line.size();
    lines_.push_back(std::move(line));
    ++last_;
    while (lines_.size() > 1 && (lines_.size() > most_records_ || bytes_ > most_bytes_)) {
      bytes_ -= lines_.front().size();
      lines_.pop_front();
    }
  }
  const absl::MutexLock lock(&listener_mutex_);
  if (listener_) {
    listener_();
  }
}

StoredResults ResultStore::After(uint64_t after, size_t count, size_t bytes) const {
  const absl::MutexLock lock(&mutex_);
  after = std::min(after, last_);
  const uint64_t gone = last_ - lines_.size();  // the number of the last one that has gone
  StoredResults results{.next = std::max(after, gone), .dropped = gone - std::min(after, gone)};
  while (results.next < last_ && results.count < count) {
    const std::string& line = lines_[results.next - gone];
    if (results.count > 0 && results.lines.size() + line.size() >= bytes) {
      break;
    }
    results.lines += results.count > 0 ? "," : "";
    results.lines += line;
    ++results.count;
    ++results.next;
  }
  results.more = results.next < last_;
  return results;
}

uint64_t ResultStore::last() const {
  const absl::MutexLock lock(&mutex_);
  return last_;
}

void ResultStore::SetListener(std::function<void()> listener) {
  const absl::MutexLock lock(&listener_mutex_);
  listener_ = std::move(listener);
}

std::unique_ptr<Sink> OpenStoreSink(std::shared_ptr<ResultStore> store) {
  return std::make_unique<StoreSink>(std::move(store));
}

}  // namespace tideline
