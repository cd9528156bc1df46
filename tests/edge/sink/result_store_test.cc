#include "edge/sink/result_store.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "edge/sink/output.h"

namespace tideline {
namespace {

using ::testing::HasSubstr;
using ::testing::Not;

constexpr size_t kAll = SIZE_MAX;

// Adds "1", "2", … up to `count`.
void Fill(ResultStore& store, int count) {
  for (int i = 1; i <= count; ++i) {
    store.Add(std::to_string(i));
  }
}

TEST(ResultStoreTest, WhoReadsOnMissesNothing) {
  ResultStore store(10, kAll);
  EXPECT_EQ(store.After(0, kAll, kAll).count, 0);
  Fill(store, 5);
  const StoredResults first = store.After(0, 2, kAll);
  EXPECT_EQ(first.lines, "1,2");
  EXPECT_EQ(first.count, 2);
  EXPECT_TRUE(first.more);
  const StoredResults second = store.After(first.next, kAll, kAll);
  EXPECT_EQ(second.lines, "3,4,5");
  EXPECT_EQ(second.next, 5);
  EXPECT_EQ(second.dropped, 0);
  EXPECT_FALSE(second.more);
  EXPECT_EQ(store.After(second.next, kAll, kAll).lines, "");
}

TEST(ResultStoreTest, WhatIsDroppedForANumberOfRecordsIsCounted) {
  ResultStore store(3, kAll);
  Fill(store, 8);
  EXPECT_EQ(store.last(), 8);
  const StoredResults all = store.After(0, kAll, kAll);
  EXPECT_EQ(all.lines, "6,7,8");
  EXPECT_EQ(all.dropped, 5);
  EXPECT_EQ(store.After(4, kAll, kAll).dropped, 1);
  EXPECT_EQ(store.After(5, kAll, kAll).dropped, 0);
  const StoredResults late = store.After(7, kAll, kAll);
  EXPECT_EQ(late.lines, "8");
  EXPECT_EQ(late.dropped, 0);
}

TEST(ResultStoreTest, BytesAreBoundedButTheLatestStays) {
  ResultStore store(100, 10);
  store.Add(std::string(6, 'a'));
  store.Add(std::string(4, 'b'));
  EXPECT_EQ(store.After(0, kAll, kAll).count, 2);
  store.Add("c");
  EXPECT_EQ(store.After(0, kAll, kAll).lines, "bbbb,c");
  store.Add(std::string(1000, 'd'));
  const StoredResults last = store.After(0, kAll, kAll);
  EXPECT_EQ(last.lines, std::string(1000, 'd'));
  EXPECT_EQ(last.dropped, 3);
}

TEST(ResultStoreTest, AnAnswerHasItsBytesButOneRecordAlways) {
  ResultStore store(100, kAll);
  for (int i = 0; i < 3; ++i) {
    store.Add("12345");
  }
  EXPECT_EQ(store.After(0, kAll, 1).lines, "12345");
  EXPECT_EQ(store.After(0, kAll, 11).lines, "12345,12345");
  EXPECT_TRUE(store.After(0, kAll, 11).more);
}

TEST(ResultStoreTest, ANumberThatIsToComeCountsAsTheLast) {
  ResultStore store(3, kAll);
  Fill(store, 2);
  const StoredResults none = store.After(UINT64_MAX, kAll, kAll);
  EXPECT_EQ(none.count, 0);
  EXPECT_EQ(none.next, 2);
  EXPECT_EQ(none.dropped, 0);
}

TEST(ResultStoreTest, AListenerIsToldUntilItIsTakenAway) {
  ResultStore store(3, kAll);
  int told = 0;
  store.SetListener([&] { ++told; });
  Fill(store, 2);
  store.SetListener(nullptr);
  Fill(store, 2);
  EXPECT_EQ(told, 2);
}

TEST(ResultStoreTest, AnOutputFillsItBesideItsOtherSinks) {
  SinkOptions options{.kind = SinkKind::kNone};
  EXPECT_EQ((*Output::Open(options, {}, /*in_flight=*/1, nullptr))->store(), nullptr);
  options.poll = 2;
  const std::unique_ptr<Output> output = *Output::Open(options, {}, /*in_flight=*/1, nullptr);
  for (uint64_t seq = 0; seq < 3; ++seq) {
    Result result;
    result.seq = seq;
    output->Write(result);
  }
  output->Finish(absl::InfiniteDuration());
  const StoredResults all = output->store()->After(0, kAll, kAll);
  EXPECT_EQ(all.count, 2);
  EXPECT_EQ(all.dropped, 1);
  EXPECT_THAT(all.lines, HasSubstr("\"seq\":1,"));
  EXPECT_THAT(all.lines, HasSubstr("\"seq\":2,"));
  EXPECT_THAT(all.lines, Not(HasSubstr("\n")));
}

}  // namespace
}  // namespace tideline
