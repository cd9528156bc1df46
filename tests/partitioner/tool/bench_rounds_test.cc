#include "partitioner/tool/bench_rounds.h"

#include <cstdlib>
#include <sstream>
#include <string>
#include <vector>

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <nlohmann/json.hpp>

namespace tideline {
namespace {

using ::testing::Contains;
using ::testing::Each;
using ::testing::Gt;
using ::testing::HasSubstr;
using ::testing::SizeIs;

class BenchRoundsTest : public ::testing::Test {
 protected:
  void SetUp() override {
    const char* models = std::getenv("TIDELINE_TEST_MODELS");
    if (models == nullptr) {
      GTEST_SKIP() << "TIDELINE_TEST_MODELS is not set: no exported networks to time";
    }
    model_ = *BenchModel::Load(std::string(models) + "/mlp", "fake:10us", {});
  }

  // What is answered to `lines`, the two events before them included.
  std::vector<nlohmann::json> Serve(const std::string& lines) {
    std::istringstream in(lines);
    std::stringstream out;
    EXPECT_TRUE(ServeRounds(*model_, in, out).ok());
    std::vector<nlohmann::json> answers;
    for (std::string line; std::getline(out, line);) {
      answers.push_back(nlohmann::json::parse(line));
    }
    return answers;
  }

  std::unique_ptr<BenchModel> model_;
};

TEST_F(BenchRoundsTest, SaysFirstAnswerThenReadyWithTheCuts) {
  const auto answers = Serve("");
  ASSERT_THAT(answers, SizeIs(2));
  EXPECT_EQ(answers[0]["event"], "first_answer");
  EXPECT_EQ(answers[1]["event"], "ready");
  EXPECT_EQ(answers[1]["engine"], "fake");
  EXPECT_THAT(answers[1]["cuts"], Contains(model_->frontiers().single().front().name));
  EXPECT_GT(answers[1]["rss_mb"], 1);
  EXPECT_GT(answers[1]["error"], 1e-3) << "the fake does not compute what PyTorch did";
}

TEST_F(BenchRoundsTest, EachRequestIsAnsweredByItsTimes) {
  const std::string cut = model_->frontiers().single().front().name;
  const auto answers =
      Serve("whole 3\ncut " + cut + " 2\nbatch 4 5\nready 2\nprepare " + cut + "\n");
  ASSERT_THAT(answers, SizeIs(7));
  EXPECT_THAT(answers[2]["whole_ms"], SizeIs(3));
  EXPECT_THAT(answers[2]["whole_ms"].get<std::vector<double>>(), Each(Gt(0)));
  EXPECT_THAT(answers[3]["whole_ms"], SizeIs(2));
  EXPECT_THAT(answers[3]["head_ms"], SizeIs(2));
  EXPECT_THAT(answers[3]["tail_ms"], SizeIs(2));
  EXPECT_THAT(answers[4]["whole_ms"], SizeIs(5));
  EXPECT_THAT(answers[5]["parts_ms"], SizeIs(2));
  EXPECT_GE(answers[6]["whole_ms"].size(), 1);
  EXPECT_GE(answers[6]["made_ms"], 0);
}

TEST_F(BenchRoundsTest, AFaultyLineIsAnsweredByAnErrorAndTheNextIsServed) {
  const auto answers = Serve(
      "\nwhole\nwhole 0\nwhole 3 4\nwhole x\ncut nowhere 2\nbatch -1 2\nbatch 99999999 1\nrun 3\n"
      "prepare nowhere\nwhole 1\n");
  ASSERT_THAT(answers, SizeIs(13));
  for (size_t i = 2; i < 12; ++i) {
    EXPECT_TRUE(answers[i].contains("error")) << answers[i];
  }
  EXPECT_THAT(answers[7]["error"].get<std::string>(), HasSubstr("nowhere"));
  EXPECT_THAT(answers[12]["whole_ms"], SizeIs(1));
}

}  // namespace
}  // namespace tideline
