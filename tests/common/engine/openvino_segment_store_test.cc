#include <thread>

#include "absl/synchronization/notification.h"
#include <gtest/gtest.h>

#include "common/engine/openvino/segment_store.h"

namespace tideline::openvino {
namespace {

class SegmentStoreTest : public ::testing::Test {
 protected:
  using Store = SegmentStore<const int>;
  using Role = Store::Role;

  static SegmentKey Key(ValueId from) { return {{from}, {from + 1}, /*batch=*/1}; }
  static Store::Make Makes(int number) {
    return [number] { return std::make_shared<const int>(number); };
  }
  // Puts a segment of `bytes` under a key of its own.
  static absl::Status Put(Store& store, ValueId key, uint64_t bytes, Role role = Role::kExtra) {
    return store.GetOrMake(Key(key), bytes, role, Makes(key)).status();
  }
};

TEST_F(SegmentStoreTest, WhatIsThereIsNotMadeAgain) {
  Store store(/*limit=*/0);
  const auto first = *store.GetOrMake(Key(1), 10, Role::kExtra, Makes(7));
  const auto second = *store.GetOrMake(Key(1), 10, Role::kExtra, Makes(8));
  EXPECT_EQ(first, second);
  EXPECT_EQ(store.Find(Key(1)), first);
  EXPECT_EQ(store.Find(Key(2)), nullptr);
}

TEST_F(SegmentStoreTest, AnotherBatchIsAnotherSegment) {
  Store store(/*limit=*/0);
  ASSERT_TRUE(Put(store, 1, 10).ok());
  SegmentKey key = Key(1);
  key.batch = 2;
  EXPECT_EQ(store.Find(key), nullptr);
}

TEST_F(SegmentStoreTest, TheOneUsedLongestAgoMakesRoom) {
  Store store(/*limit=*/30);
  for (const ValueId key : {1, 2, 3}) {
    ASSERT_TRUE(Put(store, key, 10).ok());
  }
  ASSERT_NE(store.Find(Key(1)), nullptr);
  ASSERT_TRUE(Put(store, 4, 10).ok());
  EXPECT_EQ(store.Find(Key(2)), nullptr);
  EXPECT_NE(store.Find(Key(1)), nullptr);
  EXPECT_EQ(store.bytes(), 30U);
}

TEST_F(SegmentStoreTest, PiecesGoLast) {
  Store store(/*limit=*/30);
  ASSERT_TRUE(Put(store, 1, 10, Role::kPiece).ok());
  ASSERT_TRUE(Put(store, 2, 10).ok());
  ASSERT_TRUE(Put(store, 3, 20).ok());
  EXPECT_NE(store.Find(Key(1)), nullptr);
  EXPECT_EQ(store.Find(Key(2)), nullptr);
  ASSERT_TRUE(Put(store, 4, 30).ok());
  EXPECT_EQ(store.Find(Key(1)), nullptr) << "nothing else was left to go";
}

TEST_F(SegmentStoreTest, WhatIsLargerThanTheLimitIsNotEvenMade) {
  Store store(/*limit=*/30);
  ASSERT_TRUE(Put(store, 1, 10).ok());
  bool made = false;
  const auto status = store
                          .GetOrMake(Key(2), 31, Role::kExtra,
                                     [&]() -> absl::StatusOr<std::shared_ptr<const int>> {
                                       made = true;
                                       return std::make_shared<const int>(0);
                                     })
                          .status();
  EXPECT_EQ(status.code(), absl::StatusCode::kResourceExhausted);
  EXPECT_FALSE(made);
  EXPECT_NE(store.Find(Key(1)), nullptr) << "nothing goes for what does not come";
}

TEST_F(SegmentStoreTest, ExtrasAreBoundedInNumberWithoutALimit) {
  Store store(/*limit=*/0, /*most_extras=*/2);
  ASSERT_TRUE(Put(store, 1, 10, Role::kPiece).ok());
  for (const ValueId key : {2, 3, 4}) {
    ASSERT_TRUE(Put(store, key, 10).ok());
  }
  EXPECT_EQ(store.Find(Key(2)), nullptr);
  EXPECT_NE(store.Find(Key(1)), nullptr);
  EXPECT_EQ(store.bytes(), 30U);
}

TEST_F(SegmentStoreTest, RoomBesidePiecesCountsPiecesAlone) {
  Store store(/*limit=*/30);
  ASSERT_TRUE(Put(store, 1, 10, Role::kPiece).ok());
  ASSERT_TRUE(Put(store, 2, 20).ok());
  EXPECT_TRUE(store.HasRoomBesidePieces(20));
  EXPECT_FALSE(store.HasRoomBesidePieces(21));
}

TEST_F(SegmentStoreTest, WhoHoldsASegmentKeepsIt) {
  Store store(/*limit=*/10);
  const auto held = *store.GetOrMake(Key(1), 10, Role::kExtra, Makes(5));
  ASSERT_TRUE(Put(store, 2, 10).ok());
  EXPECT_EQ(*held, 5);
}

TEST_F(SegmentStoreTest, AFailureIsReportedAndTriedAgain) {
  Store store(/*limit=*/10);
  const auto fail = []() -> absl::StatusOr<std::shared_ptr<const int>> { return Internal("no"); };
  EXPECT_FALSE(store.GetOrMake(Key(1), 10, Role::kExtra, fail).ok());
  EXPECT_EQ(store.bytes(), 0U);
  EXPECT_TRUE(Put(store, 1, 10).ok());
}

TEST_F(SegmentStoreTest, WhatIsReadyIsFoundWhileAnotherIsMade) {
  Store store(/*limit=*/20);
  ASSERT_TRUE(Put(store, 1, 10).ok());
  absl::Notification started;
  absl::Notification proceed;
  std::thread slow([&] {
    (void)store.GetOrMake(Key(2), 10, Role::kExtra,
                          [&]() -> absl::StatusOr<std::shared_ptr<const int>> {
                            started.Notify();
                            proceed.WaitForNotification();
                            return std::make_shared<const int>(2);
                          });
  });
  started.WaitForNotification();
  EXPECT_NE(store.Find(Key(1)), nullptr);
  EXPECT_TRUE(store.GetOrMake(Key(1), 10, Role::kExtra, Makes(1)).ok());
  proceed.Notify();
  slow.join();
}

TEST_F(SegmentStoreTest, TwoThreadsMakeOneSegment) {
  Store store(/*limit=*/0);
  absl::Notification started;
  absl::Notification proceed;
  std::thread slow([&] {
    (void)store.GetOrMake(Key(1), 10, Role::kExtra,
                          [&]() -> absl::StatusOr<std::shared_ptr<const int>> {
                            started.Notify();
                            proceed.WaitForNotification();
                            return std::make_shared<const int>(1);
                          });
  });
  started.WaitForNotification();
  EXPECT_EQ(store.Find(Key(1)), nullptr) << "not ready yet";
  std::thread second([&] { EXPECT_EQ(**store.GetOrMake(Key(1), 10, Role::kExtra, Makes(2)), 1); });
  proceed.Notify();
  slow.join();
  second.join();
}

}  // namespace
}  // namespace tideline::openvino
