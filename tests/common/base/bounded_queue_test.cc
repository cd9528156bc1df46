#include "common/base/bounded_queue.h"

#include <memory>
#include <thread>
#include <vector>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace tideline {
namespace {

using ::testing::ElementsAre;

template <typename T>
std::vector<T> Drain(BoundedQueue<T>& queue) {
  std::vector<T> items;
  while (auto item = queue.Pop(absl::ZeroDuration())) {
    items.push_back(*std::move(item));
  }
  return items;
}

TEST(BoundedQueueTest, FirstInIsFirstOut) {
  BoundedQueue<int> queue({.items = 4, .bytes = 100}, WhenFull::kRefuse);
  for (int i : {1, 2, 3}) {
    ASSERT_TRUE(queue.Push(std::move(i), /*bytes=*/10).ok());
  }
  EXPECT_EQ(queue.items(), 3U);
  EXPECT_EQ(queue.bytes(), 30U);
  EXPECT_THAT(Drain(queue), ElementsAre(1, 2, 3));
  EXPECT_EQ(queue.bytes(), 0U);
}

TEST(BoundedQueueTest, ARefusedItemStaysWithTheCaller) {
  BoundedQueue<std::unique_ptr<int>> queue({.items = 1, .bytes = 100}, WhenFull::kRefuse);
  ASSERT_TRUE(queue.Push(std::make_unique<int>(1), /*bytes=*/1).ok());
  auto second = std::make_unique<int>(2);
  EXPECT_EQ(queue.Push(std::move(second), /*bytes=*/1).code(),
            absl::StatusCode::kResourceExhausted);
  ASSERT_NE(second, nullptr);
  EXPECT_EQ(*second, 2);
}

TEST(BoundedQueueTest, BytesAreALimitOfTheirOwn) {
  BoundedQueue<int> queue({.items = 100, .bytes = 25}, WhenFull::kRefuse);
  ASSERT_TRUE(queue.Push(1, /*bytes=*/20).ok());
  EXPECT_FALSE(queue.Push(2, /*bytes=*/6).ok());
  EXPECT_TRUE(queue.Push(3, /*bytes=*/5).ok());
}

TEST(BoundedQueueTest, DropOldestMakesRoomAndCounts) {
  BoundedQueue<int> queue({.items = 10, .bytes = 30}, WhenFull::kDropOldest);
  for (int i : {1, 2, 3}) {
    ASSERT_TRUE(queue.Push(std::move(i), /*bytes=*/10).ok());
  }
  ASSERT_TRUE(queue.Push(4, /*bytes=*/15).ok());
  EXPECT_EQ(queue.dropped(), 2);
  EXPECT_EQ(queue.bytes(), 25U);
  EXPECT_THAT(Drain(queue), ElementsAre(3, 4));
}

TEST(BoundedQueueTest, AnItemAboveTheWholeLimitIsRefusedByEveryPolicy) {
  for (const WhenFull policy : {WhenFull::kRefuse, WhenFull::kDropOldest, WhenFull::kBlock}) {
    BoundedQueue<int> queue({.items = 10, .bytes = 30}, policy);
    ASSERT_TRUE(queue.Push(1, /*bytes=*/30).ok());
    EXPECT_EQ(queue.Push(2, /*bytes=*/31).code(), absl::StatusCode::kResourceExhausted);
    EXPECT_EQ(queue.items(), 1U);
    EXPECT_EQ(queue.dropped(), 0);
  }
}

TEST(BoundedQueueTest, ABlockedProducerLosesNothing) {
  constexpr int kItems = 2000;
  BoundedQueue<int> queue({.items = 3, .bytes = 1000}, WhenFull::kBlock);
  std::thread producer([&] {
    for (int i = 0; i < kItems; ++i) {
      ASSERT_TRUE(queue.Push(int{i}, /*bytes=*/1).ok());
    }
    queue.Close();
  });
  int expected = 0;
  while (const auto item = queue.Pop()) {
    EXPECT_LE(queue.items(), 3U);
    EXPECT_EQ(*item, expected++);
  }
  producer.join();
  EXPECT_EQ(expected, kItems);
}

TEST(BoundedQueueTest, CloseWakesABlockedProducer) {
  BoundedQueue<int> queue({.items = 1, .bytes = 10}, WhenFull::kBlock);
  ASSERT_TRUE(queue.Push(1, /*bytes=*/1).ok());
  absl::Status blocked;
  std::thread producer([&] { blocked = queue.Push(2, /*bytes=*/1); });
  queue.Close();
  producer.join();
  EXPECT_EQ(blocked.code(), absl::StatusCode::kCancelled);
}

TEST(BoundedQueueTest, WhatIsLeftComesOutAfterClose) {
  BoundedQueue<int> queue({.items = 4, .bytes = 10}, WhenFull::kRefuse);
  ASSERT_TRUE(queue.Push(1, /*bytes=*/1).ok());
  queue.Close();
  EXPECT_EQ(queue.Push(2, /*bytes=*/1).code(), absl::StatusCode::kCancelled);
  EXPECT_EQ(queue.Pop(), std::optional(1));
  EXPECT_EQ(queue.Pop(), std::nullopt);
}

}  // namespace
}  // namespace tideline
