#include "common/base/cpu_time.h"

#include <functional>
#include <future>
#include <pthread.h>
#include <thread>

#include <gtest/gtest.h>

#include "common/base/worker_thread.h"

namespace tideline {
namespace {

// On the calling thread.
void Compute(absl::Duration time) {
  const absl::Duration end = ThreadCpuTime() + time;
  while (ThreadCpuTime() < end) {
  }
}

// Computes until it is told to end.
class Busy {
 public:
  explicit Busy(const char* name = nullptr)
      : thread_([this, name] {
          if (name != nullptr) {
            ::pthread_setname_np(::pthread_self(), name);
          }
          Compute(absl::Milliseconds(20));
          computed_.set_value();
          end_.get_future().wait();
        }) {}
  ~Busy() {
    end_.set_value();
    thread_.join();
  }
  Busy(const Busy&) = delete;
  Busy& operator=(const Busy&) = delete;

  void WaitUntilItHasComputed() { computed_.get_future().wait(); }

 private:
  std::promise<void> computed_;
  std::promise<void> end_;
  std::thread thread_;
};

// On a thread of its own, which has a name.
void OnWorker(const std::function<void()>& work) {
  WorkerThread worker("measured");
  std::promise<void> done;
  worker.Post([&] {
    work();
    done.set_value();
  });
  done.get_future().wait();
}

TEST(CpuTimeTest, AThreadThatComputesTakesTime) {
  const absl::Duration before = ThreadCpuTime();
  while (ThreadCpuTime() == before) {
  }
  EXPECT_GT(ThreadCpuTime(), before);
}

TEST(CpuTimeTest, WhatAThreadStartsIsInIts) {
  OnWorker([] {
    CpuTime time;
    const absl::Duration begin = time.Read() - ThreadCpuTime();
    Busy pool;
    pool.WaitUntilItHasComputed();
    EXPECT_GE(time.Read() - ThreadCpuTime() - begin, absl::Milliseconds(15));
  });
}

TEST(CpuTimeTest, AnotherOnesIsNot) {
  OnWorker([] {
    CpuTime time;
    Busy other("other");
    other.WaitUntilItHasComputed();
    EXPECT_LT(time.Read() - ThreadCpuTime(), absl::Milliseconds(15));
  });
}

TEST(CpuTimeTest, AThreadThatHasEndedIsLeftOut) {
  OnWorker([] {
    CpuTime time;
    {
      Busy pool;
      pool.WaitUntilItHasComputed();
      EXPECT_GE(time.Read() - ThreadCpuTime(), absl::Milliseconds(15));
    }
    time.Read();
    EXPECT_LT(time.Read() - ThreadCpuTime(), absl::Milliseconds(15));
  });
}

}  // namespace
}  // namespace tideline
