#include "partitioner/policy/choose_worker.h"

#include <random>
#include <vector>

#include <gtest/gtest.h>

namespace tideline {
namespace {

WorkerState Worker(double queue_ms, bool open = false, double round_trip_ms = 0) {
  return {absl::Milliseconds(queue_ms), absl::Milliseconds(round_trip_ms), open};
}

// How often each is chosen.
std::vector<int> Chosen(const std::vector<WorkerState>& workers, int times) {
  std::mt19937_64 random(1);
  std::vector<int> chosen(workers.size());
  for (int i = 0; i < times; ++i) {
    ++chosen[*ChooseWorker(workers, random())];
  }
  return chosen;
}

TEST(ChooseWorkerTest, NoneWhereAllBreakersAreOpen) {
  EXPECT_FALSE(ChooseWorker({}, 0));
  EXPECT_FALSE(ChooseWorker(std::vector{Worker(0, true), Worker(0, true)}, 5));
}

TEST(ChooseWorkerTest, AnOpenOneIsSkipped) {
  const std::vector<int> chosen = Chosen({Worker(0, true), Worker(50), Worker(90)}, 100);
  EXPECT_EQ(chosen[0], 0);
  EXPECT_EQ(chosen[1], 100);
}

TEST(ChooseWorkerTest, TheLongestQueueIsNeverChosenAndTheShortestMostOften) {
  const std::vector<int> chosen = Chosen({Worker(30), Worker(10), Worker(20)}, 3000);
  EXPECT_EQ(chosen[0], 0);
  EXPECT_NEAR(chosen[1], 2000, 150);
  EXPECT_NEAR(chosen[2], 1000, 150);
}

TEST(ChooseWorkerTest, EqualOnesShareEvenly) {
  for (const int chosen : Chosen(std::vector<WorkerState>(4), 4000)) {
    EXPECT_NEAR(chosen, 1000, 150);
  }
}

TEST(ChooseWorkerTest, SoDoThoseThatDifferByNoMoreThanTheirReports) {
  const std::vector<int> chosen = Chosen({Worker(2), Worker(2.5)}, 1000);
  EXPECT_NEAR(chosen[0], 500, 100);
}

TEST(ChooseWorkerTest, AFarOneWithAShortQueueMayBeTheSlower) {
  EXPECT_EQ(Chosen({Worker(5, false, 100), Worker(20, false, 10)}, 50)[0], 0);
}

}  // namespace
}  // namespace tideline
