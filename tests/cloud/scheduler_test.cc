#include "cloud/scheduler.h"

#include <string>
#include <utility>
#include <vector>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace tideline {
namespace {

using testing::ElementsAre;
using testing::HasSubstr;

Job MakeJob(const std::string& user, uint64_t request, PeerId peer = 1, size_t bytes = 10) {
  Job job;
  job.peer = peer;
  job.user = user;
  job.request = request;
  job.encoded.push_back(Bytes::Own(std::string(bytes, 'x')));
  return job;
}

std::vector<std::string> PopAll(Scheduler& scheduler) {
  std::vector<std::string> order;
  std::vector<Job> expired;
  while (const std::optional<Job> job = scheduler.Pop(absl::ZeroDuration(), &expired)) {
    order.push_back(job->user + std::to_string(job->request));
  }
  return order;
}

TEST(SchedulerTest, EdgesTakeTurns) {
  Scheduler scheduler({});
  for (uint64_t i = 1; i <= 3; ++i) {
    scheduler.Push(MakeJob("a", i));
  }
  scheduler.Push(MakeJob("b", 1));
  scheduler.Push(MakeJob("c", 1));
  EXPECT_THAT(PopAll(scheduler), ElementsAre("a1", "b1", "c1", "a2", "a3"));
}

TEST(SchedulerTest, ABusyEdgeDoesNotDelayALateOne) {
  Scheduler scheduler({});
  for (uint64_t i = 1; i <= 100; ++i) {
    scheduler.Push(MakeJob("busy", i));
  }
  std::vector<Job> expired;
  scheduler.Pop(absl::ZeroDuration(), &expired);
  scheduler.Push(MakeJob("late", 1));
  EXPECT_EQ(scheduler.Pop(absl::ZeroDuration(), &expired)->user, "late");
}

TEST(SchedulerTest, ExpiredJobsAreHandedBackNotRun) {
  Scheduler scheduler({});
  Job job = MakeJob("a", 1);
  job.expires = absl::Seconds(1);
  scheduler.Push(std::move(job));
  scheduler.Push(MakeJob("a", 2));
  std::vector<Job> expired;
  EXPECT_EQ(scheduler.Pop(absl::Seconds(2), &expired)->request, 2u);
  ASSERT_EQ(expired.size(), 1u);
  EXPECT_EQ(expired.front().request, 1u);
}

TEST(SchedulerTest, RefusesOverTheNumberOfRequests) {
  Scheduler scheduler({.max_requests = 1});
  EXPECT_TRUE(scheduler.Admit(10).ok());
  scheduler.Push(MakeJob("a", 1));
  const absl::Status status = scheduler.Admit(10);
  EXPECT_TRUE(absl::IsResourceExhausted(status));
  EXPECT_THAT(std::string(status.message()), HasSubstr("at most 1"));
}

TEST(SchedulerTest, RefusesOverTheBytes) {
  Scheduler scheduler({.max_bytes = 25});
  scheduler.Push(MakeJob("a", 1));
  EXPECT_TRUE(scheduler.Admit(15).ok());
  EXPECT_TRUE(absl::IsResourceExhausted(scheduler.Admit(16)));
  EXPECT_TRUE(absl::IsResourceExhausted(scheduler.Admit(UINT64_MAX)));
}

TEST(SchedulerTest, CancelForgetsOneRequestOfOnePeer) {
  Scheduler scheduler({});
  scheduler.Push(MakeJob("a", 1, /*peer=*/1));
  scheduler.Push(MakeJob("a", 1, /*peer=*/2));
  scheduler.Push(MakeJob("a", 2, /*peer=*/1));
  scheduler.Cancel(/*peer=*/1, /*request=*/1);
  EXPECT_EQ(scheduler.requests(), 2u);
  EXPECT_EQ(scheduler.bytes(), 20u);
  scheduler.CancelAll(/*peer=*/1);
  EXPECT_EQ(scheduler.requests(), 1u);
  EXPECT_THAT(PopAll(scheduler), ElementsAre("a1"));
  EXPECT_EQ(scheduler.bytes(), 0u);
}

TEST(SchedulerTest, TheExpectedWaitIsTheQueueTimesTheTimeOfAJob) {
  Scheduler scheduler({});
  scheduler.OnDone(absl::Milliseconds(10));
  EXPECT_EQ(scheduler.ExpectedWait(), absl::ZeroDuration());
  scheduler.Push(MakeJob("a", 1));
  scheduler.Push(MakeJob("b", 1));
  EXPECT_EQ(scheduler.ExpectedWait(), absl::Milliseconds(20));
}

}  // namespace
}  // namespace tideline
