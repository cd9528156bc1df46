#include "edge/sink/output.h"

#include <thread>

#include "absl/synchronization/notification.h"
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "edge/sink/journalled_sink.h"

namespace tideline {
namespace {

using ::testing::ElementsAre;
using ::testing::IsEmpty;
using ::testing::SizeIs;

Record RecordOf(uint64_t seq) { return {.seq = seq, .id = "", .line = "{}\n"}; }

std::vector<uint64_t> Numbers(const std::vector<Record>& records) {
  std::vector<uint64_t> numbers;
  for (const Record& record : records) {
    numbers.push_back(record.seq);
  }
  return numbers;
}

TEST(OrderTest, RecordsLeaveInTheOrderInWhichTheyAreExpected) {
  Order order(4);
  for (const uint64_t seq : {3, 5, 6, 9}) {
    order.Expect(seq);
  }
  EXPECT_THAT(Numbers(order.Take(RecordOf(6))), IsEmpty());
  EXPECT_THAT(Numbers(order.Take(RecordOf(3))), ElementsAre(3));
  EXPECT_THAT(Numbers(order.Take(RecordOf(5))), ElementsAre(5, 6));
  EXPECT_THAT(Numbers(order.Take(RecordOf(9))), ElementsAre(9));
}

TEST(OrderTest, WhoExpectsOneMoreThanTheLimitWaits) {
  Order order(2);
  order.Expect(0);
  order.Expect(1);
  std::atomic<bool> expected = false;
  std::thread expecting([&] {
    order.Expect(2);
    expected = true;
  });
  EXPECT_THAT(Numbers(order.Take(RecordOf(1))), IsEmpty());
  EXPECT_FALSE(expected);
  EXPECT_THAT(Numbers(order.Take(RecordOf(0))), ElementsAre(0, 1));
  expecting.join();
}

TEST(OrderTest, TheRestIsGivenOutInOrderAndLateOnesPass) {
  Order order(4);
  for (const uint64_t seq : {0, 1, 2}) {
    order.Expect(seq);
  }
  EXPECT_THAT(Numbers(order.Take(RecordOf(2))), IsEmpty());
  EXPECT_THAT(Numbers(order.Take(RecordOf(1))), IsEmpty());
  EXPECT_THAT(Numbers(order.Rest()), ElementsAre(1, 2));
  EXPECT_THAT(Numbers(order.Take(RecordOf(0))), ElementsAre(0));
}

// Takes everything, or nothing.
class ListSink final : public Sink {
 public:
  explicit ListSink(std::vector<uint64_t>& list, absl::Status sync = absl::OkStatus())
      : list_(list), sync_(std::move(sync)) {}
  absl::Status Write(const Record& record) override {
    list_.push_back(record.seq);
    return absl::OkStatus();
  }
  absl::Status Sync() override { return sync_; }

 private:
  std::vector<uint64_t>& list_;
  const absl::Status sync_;
};

Result ResultOf(uint64_t seq) {
  Result result;
  result.seq = seq;
  return result;
}

TEST(OutputTest, ResultsLeaveInOrderWhereThatIsAskedFor) {
  std::vector<uint64_t> list;
  Output output({.ordered = true}, /*in_flight=*/4, nullptr, std::make_unique<ListSink>(list));
  for (const uint64_t seq : {0, 1, 2, 3}) {
    output.Expect(seq);
  }
  for (const uint64_t seq : {2, 0, 3}) {
    output.Write(ResultOf(seq));
  }
  output.Finish(absl::InfiniteDuration());
  EXPECT_THAT(list, ElementsAre(0, 2, 3));
}

TEST(OutputTest, ResultsLeaveAsTheyComeOtherwise) {
  std::vector<uint64_t> list;
  Output output({}, /*in_flight=*/1, nullptr, std::make_unique<ListSink>(list));
  for (const uint64_t seq : {2, 0, 1}) {
    output.Expect(seq);
    output.Write(ResultOf(seq));
  }
  output.Finish(absl::InfiniteDuration());
  EXPECT_THAT(list, ElementsAre(2, 0, 1));
}

// Takes nothing before it is opened.
class Gate {
 public:
  void Open() { open_.Notify(); }
  // One thread's.
  void Wait() {
    if (!reached_.HasBeenNotified()) {
      reached_.Notify();
    }
    open_.WaitForNotification();
  }
  // Until somebody waits.
  void AwaitArrival() { reached_.WaitForNotification(); }

 private:
  absl::Notification reached_;
  absl::Notification open_;
};

class GatedSink final : public Sink {
 public:
  GatedSink(Gate& gate, std::vector<Record>& list) : gate_(gate), list_(list) {}
  absl::Status Write(const Record& record) override {
    gate_.Wait();
    list_.push_back(record);
    return absl::OkStatus();
  }
  absl::Status Sync() override { return absl::OkStatus(); }

 private:
  Gate& gate_;
  std::vector<Record>& list_;
};

std::vector<FurtherSink> One(std::unique_ptr<Sink> sink, bool images = false) {
  std::vector<FurtherSink> sinks;
  sinks.push_back({.name = "further", .sink = std::move(sink), .images = images});
  return sinks;
}

TEST(OutputTest, ASlowSinkDoesNotHoldTheMainOneBack) {
  std::vector<uint64_t> list;
  std::vector<Record> late;
  Gate gate;
  Output output({.keep = {1}}, /*in_flight=*/4, nullptr, std::make_unique<ListSink>(list),
                One(std::make_unique<GatedSink>(gate, late)));
  output.Write(ResultOf(0));
  gate.AwaitArrival();
  for (uint64_t seq = 1; seq < 100; ++seq) {
    output.Write(ResultOf(seq));  // would wait for ever
  }
  gate.Open();
  output.Finish(absl::InfiniteDuration());
  EXPECT_THAT(list, SizeIs(100));
  ASSERT_THAT(late, SizeIs(testing::Ge(1U)));
  EXPECT_EQ(late.front().seq, 0);
  EXPECT_LT(late.size(), 100);
  EXPECT_EQ(output.lost(), 100 - static_cast<int64_t>(late.size()));
}

TEST(OutputTest, AnImageSinkGetsImagesWithTheirCaptionsAlone) {
  std::vector<Record> images;
  Gate gate;
  gate.Open();
  Output output({}, /*in_flight=*/4, nullptr, /*main=*/nullptr,
                One(std::make_unique<GatedSink>(gate, images), /*images=*/true));
  output.Write(ResultOf(0));
  Result result = ResultOf(1);
  result.file = Bytes::Own("JPEG");
  result.label = "cat";
  result.score = 0.934;
  result.path = Path::kSplit;
  result.cut = "features.3";
  result.codec = "int4/dense";
  output.Write(result);
  output.Finish(absl::InfiniteDuration());
  ASSERT_THAT(images, SizeIs(1));
  EXPECT_EQ(images[0].seq, 1);
  EXPECT_EQ(images[0].image.size(), 4);
  EXPECT_EQ(images[0].caption, "cat 0.93\nsplit features.3 int4/dense");
  EXPECT_EQ(images[0].line, "");
}

class JournalledSinkTest : public ::testing::Test {
 protected:
  JournalledSinkTest() { std::remove(path_.c_str()); }
  ~JournalledSinkTest() override { std::remove(path_.c_str()); }
  std::unique_ptr<Journal> Open() const { return *Journal::Open(path_, kIdentity); }

  const SourceIdentity kIdentity{.digest = std::string(64, 'a'), .count = 9, .path = "/p"};
  const std::string path_ = ::testing::TempDir() + "journalled_sink_test";
  std::vector<uint64_t> list_;
};

TEST_F(JournalledSinkTest, TheJournalHasWhatWasWrittenWhenItEnds) {
  std::unique_ptr<Journal> journal = Open();
  {
    Output output({}, /*in_flight=*/4, journal.get(), std::make_unique<ListSink>(list_));
    output.Write(ResultOf(0));
    output.Write(ResultOf(2));
    output.Finish(absl::InfiniteDuration());
  }
  journal.reset();
  journal = Open();
  EXPECT_TRUE(journal->before().Contains(0));
  EXPECT_FALSE(journal->before().Contains(1));
  EXPECT_TRUE(journal->before().Contains(2));
}

TEST_F(JournalledSinkTest, WhatTheDeviceMayHaveLostIsNotInTheJournal) {
  std::unique_ptr<Journal> journal = Open();
  JournalledSink sink(std::make_unique<ListSink>(list_, absl::UnavailableError("EIO")), *journal);
  ASSERT_TRUE(sink.Write(RecordOf(0)).ok());
  EXPECT_FALSE(sink.Sync().ok());
  ASSERT_TRUE(journal->Commit().ok());
  journal.reset();
  EXPECT_TRUE(Open()->before().empty());
}

}  // namespace
}  // namespace tideline
