#include "edge/sink/kept_sink.h"

#include <algorithm>
#include <atomic>
#include <numeric>
#include <thread>
#include <vector>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace tideline {
namespace {

using ::testing::ElementsAre;
using ::testing::HasSubstr;

// What a device does to a sink, switched by hand. Thread-safe.
class Device {
 public:
  absl::Status Take(const Record& record) {
    const absl::MutexLock lock(&mutex_);
    ++tries_;
    if (state_.ok()) {
      taken_.push_back(record.seq);
    }
    return state_;
  }
  absl::Status Sync() {
    const absl::MutexLock lock(&mutex_);
    synced_ = taken_.size();
    return absl::OkStatus();
  }
  void Set(absl::Status state) {
    const absl::MutexLock lock(&mutex_);
    state_ = std::move(state);
  }
  void AwaitTries(int more) {
    const absl::MutexLock lock(&mutex_);
    const int until = tries_ + more;
    const auto tried = [&] { return tries_ >= until; };
    mutex_.Await(absl::Condition(&tried));
  }
  void AwaitTaken(size_t count) {
    const absl::MutexLock lock(&mutex_);
    const auto taken = [&] { return taken_.size() >= count; };
    mutex_.Await(absl::Condition(&taken));
  }
  void AwaitSynced(size_t count) {
    const absl::MutexLock lock(&mutex_);
    const auto synced = [&] { return synced_ >= count; };
    mutex_.Await(absl::Condition(&synced));
  }
  // The sizes of the batches that were tried.
  std::vector<size_t> batches() {
    const absl::MutexLock lock(&mutex_);
    return batches_;
  }
  absl::Status TakeAll(std::span<const Record> records) {
    {
      const absl::MutexLock lock(&mutex_);
      batches_.push_back(records.size());
    }
    for (const Record& record : records) {
      RETURN_IF_ERROR(Take(record));
    }
    return absl::OkStatus();
  }
  std::vector<uint64_t> taken() {
    const absl::MutexLock lock(&mutex_);
    return taken_;
  }

 private:
  absl::Mutex mutex_;
  absl::Status state_;
  std::vector<uint64_t> taken_;
  std::vector<size_t> batches_;
  size_t synced_ = 0;
  int tries_ = 0;
};

class DeviceSink final : public Sink {
 public:
  DeviceSink(Device& device, size_t batch) : device_(device), batch_(batch) {}
  absl::Status Write(const Record& record) override { return device_.Take(record); }
  absl::Status Sync() override { return device_.Sync(); }
  size_t batch() const override { return batch_; }
  absl::Status WriteAll(std::span<const Record> records) override {
    return device_.TakeAll(records);
  }

 private:
  Device& device_;
  const size_t batch_;
};

const absl::Status kFull = absl::UnavailableError("no space left");
const absl::Status kSlow = absl::DeadlineExceededError("nobody takes it");
const absl::Status kGone = absl::CancelledError("broken pipe");

class KeptSinkTest : public ::testing::Test {
 protected:
  KeptSinkTest() { ::testing::internal::CaptureStderr(); }
  ~KeptSinkTest() override {
    if (sink_ != nullptr) {
      End();
    }
  }

  void Start(KeepOptions options = {}, size_t batch = 1) {
    options.path = "results";
    options.first_wait = absl::Milliseconds(1);
    options.longest_wait = absl::Milliseconds(1);
    sink_ = std::make_unique<KeptSink>(std::make_unique<DeviceSink>(device_, batch), options);
  }
  void Write(uint64_t first, uint64_t last) {
    for (uint64_t seq = first; seq <= last; ++seq) {
      sink_->Write({.seq = seq, .id = "", .line = "{}\n"});
    }
  }
  // The log.
  std::string End() {
    sink_.reset();
    return ::testing::internal::GetCapturedStderr();
  }
  static std::vector<uint64_t> Row(uint64_t first, uint64_t last) {
    std::vector<uint64_t> row(last - first + 1);
    std::iota(row.begin(), row.end(), first);
    return row;
  }

  static constexpr size_t kRecord = sizeof(Record) + 3;
  const SystemClock clock_;
  Device device_;
  std::unique_ptr<KeptSink> sink_;
};

int Lines(const std::string& log, const std::string& event) {
  int count = 0;
  for (size_t at = log.find(event); at != std::string::npos; at = log.find(event, at + 1)) {
    ++count;
  }
  return count;
}

TEST_F(KeptSinkTest, WhatCouldNotBeWrittenIsWrittenInOrderLater) {
  device_.Set(kFull);
  Start();
  Write(0, 9);
  device_.AwaitTries(3);
  device_.Set(absl::OkStatus());
  Write(10, 12);
  sink_->Finish(absl::InfiniteDuration());
  EXPECT_EQ(device_.taken(), Row(0, 12));
  EXPECT_EQ(sink_->lost(), 0);
  const std::string log = End();
  EXPECT_EQ(Lines(log, "sink_failed"), 1);
  EXPECT_EQ(Lines(log, "sink_recovered"), 1);
  EXPECT_EQ(Lines(log, "sink_lost"), 0);
}

TEST_F(KeptSinkTest, AboveTheBoundTheOldestThatWaitGo) {
  device_.Set(kFull);
  Start({.bytes = 4 * kRecord});
  Write(0, 0);
  device_.AwaitTries(2);
  Write(1, 9);
  EXPECT_EQ(sink_->lost(), 6);
  device_.Set(absl::OkStatus());
  sink_->Finish(absl::InfiniteDuration());
  EXPECT_THAT(device_.taken(), ElementsAre(0, 7, 8, 9));
  const std::string log = End();
  EXPECT_EQ(Lines(log, "sink_dropping"), 1);
  EXPECT_THAT(log, HasSubstr("dropped=6"));
  EXPECT_THAT(log, HasSubstr("sink_lost path=results results=6"));
}

TEST_F(KeptSinkTest, RecordsAreBoundedToo) {
  device_.Set(kFull);
  Start({.records = 2});
  Write(0, 0);
  device_.AwaitTries(2);
  Write(1, 5);
  EXPECT_EQ(sink_->lost(), 4);
}

TEST_F(KeptSinkTest, ARecordAboveTheBoundIsWrittenWhereTheDeviceTakesIt) {
  Start({.bytes = 1});
  Write(0, 20);
  sink_->Finish(absl::InfiniteDuration());
  EXPECT_EQ(device_.taken(), Row(0, 20));
}

TEST_F(KeptSinkTest, ASlowReaderHoldsTheWriterUpAndNothingGoes) {
  device_.Set(kSlow);
  Start({.bytes = 2 * kRecord});
  std::atomic<bool> written = false;
  std::thread writing([&] {
    Write(0, 9);
    written = true;
  });
  device_.AwaitTries(3);
  EXPECT_FALSE(written);
  device_.Set(absl::OkStatus());
  writing.join();
  sink_->Finish(absl::InfiniteDuration());
  EXPECT_EQ(device_.taken(), Row(0, 9));
  EXPECT_EQ(Lines(End(), "sink_failed"), 0);
}

TEST_F(KeptSinkTest, WhereNobodyMayWaitTheOldestGoForASlowReader) {
  device_.Set(kSlow);
  Start({.bytes = 4 * kRecord, .waits = false});
  Write(0, 0);
  device_.AwaitTries(2);
  Write(1, 9);
  EXPECT_EQ(sink_->lost(), 6);
  device_.Set(absl::OkStatus());
  sink_->Finish(absl::InfiniteDuration());
  EXPECT_THAT(device_.taken(), ElementsAre(0, 7, 8, 9));
  const std::string log = End();
  EXPECT_EQ(Lines(log, "sink_dropping"), 1);
  EXPECT_EQ(Lines(log, "sink_failed"), 0);
  EXPECT_EQ(Lines(log, "sink_recovered"), 1);
}

TEST_F(KeptSinkTest, WhatIsRefusedForGoodIsLostAndTheRestGoesOn) {
  device_.Set(absl::InvalidArgumentError("400 Bad Request"));
  Start();
  Write(0, 0);
  device_.AwaitTries(1);
  while (sink_->lost() == 0) {
    std::this_thread::yield();
  }
  device_.Set(absl::OkStatus());
  Write(1, 2);
  sink_->Finish(absl::InfiniteDuration());
  EXPECT_THAT(device_.taken(), ElementsAre(1, 2));
  EXPECT_EQ(sink_->lost(), 1);
  EXPECT_EQ(Lines(End(), "sink_refused"), 1);
}

TEST_F(KeptSinkTest, WhatWaitsGoesTogetherAndComesAgainTogether) {
  device_.Set(kFull);
  Start({}, /*batch=*/4);
  Write(0, 0);
  device_.AwaitTries(2);
  Write(1, 9);
  device_.Set(absl::OkStatus());
  sink_->Finish(absl::InfiniteDuration());
  EXPECT_EQ(device_.taken(), Row(0, 9));
  std::vector<size_t> batches = device_.batches();
  const auto first_other = std::ranges::find_if(batches, [](size_t n) { return n != 1; });
  EXPECT_THAT(std::vector(first_other, batches.end()), ElementsAre(4, 4, 1));
}

TEST_F(KeptSinkTest, TheEndTriesALastTimeAndCountsTheRest) {
  device_.Set(kFull);
  Start();
  Write(0, 4);
  device_.AwaitTries(1);
  sink_->Finish(clock_.Now());
  EXPECT_EQ(sink_->lost(), 5);
  Write(5, 5);
  EXPECT_EQ(sink_->lost(), 6);
  EXPECT_THAT(End(), HasSubstr("sink_lost path=results results=6"));
}

TEST_F(KeptSinkTest, TheEndWaitsForTheDeviceToComeBack) {
  device_.Set(kFull);
  Start();
  Write(0, 4);
  std::thread freeing([&] {
    device_.AwaitTries(5);
    device_.Set(absl::OkStatus());
  });
  sink_->Finish(absl::InfiniteDuration());
  freeing.join();
  EXPECT_EQ(device_.taken(), Row(0, 4));
}

TEST_F(KeptSinkTest, TheEndDoesNotWaitForAReaderThatIsGone) {
  device_.Set(kGone);
  Start();
  Write(0, 4);
  sink_->Finish(absl::InfiniteDuration());
  EXPECT_EQ(sink_->lost(), 5);
}

TEST_F(KeptSinkTest, AWriterThatWaitsForASlowReaderIsLetGoAtTheEnd) {
  device_.Set(kSlow);
  Start({.records = 1});
  std::thread writing([&] { Write(0, 9); });
  device_.AwaitTries(2);
  sink_->EndBy(clock_.Now());
  writing.join();
  EXPECT_EQ(sink_->lost(), 10);
}

TEST_F(KeptSinkTest, SyncsAfterSoManyRecords) {
  Start({.sync_records = 3});
  Write(0, 6);
  device_.AwaitSynced(6);
  sink_->Finish(absl::InfiniteDuration());
  device_.AwaitSynced(7);
}

TEST_F(KeptSinkTest, SyncsWithinItsTimeThoughNothingMoreComes) {
  Start({.sync_within = absl::Milliseconds(1)});
  Write(0, 0);
  device_.AwaitSynced(1);
}

TEST_F(KeptSinkTest, WhatWasWrittenIsSyncedBeforeALongFailure) {
  Start({.sync_within = absl::Hours(1)});
  Write(0, 0);
  device_.AwaitTaken(1);
  device_.Set(kFull);
  Write(1, 1);
  device_.AwaitSynced(1);
}

}  // namespace
}  // namespace tideline
