#include "common/base/steady_mutex.h"

#include <thread>

#include <gtest/gtest.h>

#include "common/base/clock.h"

namespace tideline {
namespace {

class Flag {
 public:
  void Set() {
    const SteadyLock lock(&mutex_);
    set_ = true;
  }
  void Await() {
    const SteadyLock lock(&mutex_);
    mutex_.Await([this]() ABSL_NO_THREAD_SAFETY_ANALYSIS { return set_; });
  }
  bool AwaitFor(absl::Duration limit) {
    const SteadyLock lock(&mutex_);
    return mutex_.AwaitFor([this]() ABSL_NO_THREAD_SAFETY_ANALYSIS { return set_; }, limit);
  }

 private:
  SteadyMutex mutex_;
  bool set_ ABSL_GUARDED_BY(mutex_) = false;
};

TEST(SteadyMutexTest, WhoWaitsSeesWhatAnotherThreadChanges) {
  Flag asked;
  Flag answered;
  std::thread other([&] {
    asked.Await();
    answered.Set();
  });
  asked.Set();
  EXPECT_TRUE(answered.AwaitFor(absl::InfiniteDuration()));
  other.join();
}

TEST(SteadyMutexTest, WaitingEndsAtItsLimit) {
  Flag never;
  const SystemClock clock;
  const MonotonicTime begin = clock.Now();
  EXPECT_FALSE(never.AwaitFor(absl::Milliseconds(20)));
  EXPECT_GE(clock.Now() - begin, absl::Milliseconds(20));
}

TEST(SteadyMutexTest, WhatHoldsAlreadyIsNotWaitedFor) {
  Flag flag;
  flag.Set();
  EXPECT_TRUE(flag.AwaitFor(-absl::InfiniteDuration()));
  EXPECT_TRUE(flag.AwaitFor(absl::Hours(1'000'000)));
  Flag never;
  EXPECT_FALSE(never.AwaitFor(absl::ZeroDuration()));
}

}  // namespace
}  // namespace tideline
