#include "partitioner/profiler/worker.h"

#include <cmath>
#include <csignal>
#include <iostream>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

// This program is its own worker: the disabled tests are what it does then. It writes no results of
// its own, as it may be killed while it does.
namespace tideline {
namespace {

using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::Pair;

constexpr size_t kLimit = 100'000;

TEST(WorkerChild, DISABLED_Answers) {
  WriteProgress(0.25, "features.3 of 7", std::cout);
  WriteProgress(std::nan(""), "is no part", std::cout);
  WriteProgress(1.5, "", std::cout);
  WriteResult(std::string("{\n \"result\": 1\n}\n"), std::cout);
}

TEST(WorkerChild, DISABLED_Fails) {
  WriteProgress(0.5, "half", std::cout);
  WriteResult(NotFound("device 'GPU'\ndoes not exist"), std::cout);
}

TEST(WorkerChild, DISABLED_Dies) { std::raise(SIGKILL); }

TEST(WorkerChild, DISABLED_Exits) { std::_Exit(3); }

struct Answer {
  absl::StatusOr<std::string> result;
  std::vector<std::pair<double, std::string>> progress;
};

Answer RunChild(const std::string& child, size_t limit = kLimit) {
  Answer answer;
  answer.result = RunWorker({"worker", "--gtest_also_run_disabled_tests",
                             "--gtest_output=", "--gtest_filter=WorkerChild.DISABLED_" + child},
                            limit, [&](double done, const std::string& label) {
                              answer.progress.emplace_back(done, label);
                            });
  return answer;
}

TEST(WorkerTest, TheResultComesBackAndProgressIsReported) {
  const Answer answer = RunChild("Answers");
  ASSERT_TRUE(answer.result.ok()) << answer.result.status();
  EXPECT_THAT(*answer.result, HasSubstr("{\n \"result\": 1\n}\n"));
  EXPECT_THAT(answer.progress, ElementsAre(Pair(0.25, "features.3 of 7"), Pair(1, "")));
}

TEST(WorkerTest, AnErrorKeepsItsCodeAndText) {
  const Answer answer = RunChild("Fails");
  EXPECT_EQ(answer.result.status(), NotFound("device 'GPU' does not exist"));
  EXPECT_THAT(answer.progress, ElementsAre(Pair(0.5, "half")));
}

TEST(WorkerTest, AProcessThatDiesIsAnError) {
  const absl::Status killed = RunChild("Dies").result.status();
  EXPECT_EQ(killed.code(), absl::StatusCode::kInternal);
  EXPECT_THAT(std::string(killed.message()), HasSubstr("ended by signal 9"));
  EXPECT_THAT(std::string(RunChild("Exits").result.status().message()), HasSubstr("status 3"));
}

TEST(WorkerTest, TooLongAResultIsRefused) {
  EXPECT_EQ(RunChild("Answers", /*limit=*/10).result.status().code(),
            absl::StatusCode::kResourceExhausted);
}

}  // namespace
}  // namespace tideline
