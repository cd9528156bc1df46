#include "tideline/edge.h"

#include <atomic>
#include <condition_variable>
#include <cstdlib>
#include <fstream>
#include <mutex>
#include <string>
#include <thread>
#include <vector>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

// The client as a program has it: the shared library and its headers, on an engine that takes
// its time.
namespace tideline {
namespace {

using client::Answer;
using client::Code;
using client::Or;
using ::testing::HasSubstr;

class EdgeTest : public ::testing::Test {
 protected:
  void SetUp() override {
    const char* models = std::getenv("TIDELINE_TEST_MODELS");
    if (models == nullptr) {
      GTEST_SKIP() << "TIDELINE_TEST_MODELS is not set: no exported networks to run";
    }
    options_.settings = {{"model_repository", models},
                         {"partition", WritePartition("fake")},
                         {"pipeline.in_flight", "2"},
                         {"log.level", "error"}};
  }

  std::string WritePartition(const std::string& engine) {
    const std::string path = ::testing::TempDir() + "client_partition.yaml";
    std::ofstream(path) << "model: mlp\ncut: edge\nengine: {edge: \"" << engine << "\"}\n";
    return path;
  }

  // An edge whose requests take about `delay` a node.
  Edge Open(const std::string& delay = "") {
    options_.settings["partition"] = WritePartition(delay.empty() ? "fake" : "fake:" + delay);
    Or<Edge> edge = Edge::Open(options_);
    EXPECT_TRUE(edge.ok()) << edge.status().message;
    return std::move(edge).value();
  }

  static client::Tensor Input() {
    const std::vector<float> values(kFeatures, 0.5F);
    return client::Tensor::Copy(client::DType::kFloat32, {kFeatures}, values.data(),
                                4 * values.size());
  }

  static constexpr int64_t kFeatures = 64;
  client::Options options_;
};

TEST_F(EdgeTest, AnswersOneInput) {
  Edge edge = Open();
  const Or<Answer> answer = edge.Infer(Input());
  ASSERT_TRUE(answer.ok()) << answer.status().message;
  EXPECT_EQ(answer->model, "mlp");
  EXPECT_EQ(answer->path, client::Path::kEdge);
  EXPECT_EQ(answer->outputs.size(), 1U);
  EXPECT_FALSE(answer->deadline_met.has_value());
  const client::Statistics sum = edge.Statistics();
  EXPECT_EQ(sum.edge, 1U);
  EXPECT_EQ(sum.model, "mlp");
  EXPECT_EQ(sum.cut, "edge");
  EXPECT_FALSE(sum.cloud_ready);
}

TEST_F(EdgeTest, ManyThreadsShareThePlaces) {
  Edge edge = Open();
  std::atomic<int> answered = 0;
  std::vector<std::thread> threads;
  for (int i = 0; i < 8; ++i) {
    threads.emplace_back([&] {
      for (int k = 0; k < 25; ++k) {
        answered += edge.Infer(Input()).ok() ? 1 : 0;
      }
    });
  }
  for (std::thread& thread : threads) {
    thread.join();
  }
  EXPECT_EQ(answered, 200);
  EXPECT_EQ(edge.Statistics().edge, 200U);
}

TEST_F(EdgeTest, WithoutAPlaceAFutureIsOverloadedAndOthersAreAnswered) {
  Edge edge = Open("50ms");
  std::vector<std::future<Or<Answer>>> futures;
  for (int i = 0; i < 3; ++i) {
    futures.push_back(edge.InferAsync(Input()));
  }
  EXPECT_TRUE(futures[0].get().ok());
  EXPECT_TRUE(futures[1].get().ok());
  EXPECT_EQ(futures[2].get().status().code, Code::kOverloaded);
  EXPECT_TRUE(edge.Infer(Input()).ok());
}

TEST_F(EdgeTest, WaitingForAPlaceEndsAtTheDeadline) {
  Edge edge = Open("200ms");
  std::future<Or<Answer>> first = edge.InferAsync(Input());
  std::future<Or<Answer>> second = edge.InferAsync(Input());
  client::Request request;
  request.deadline = std::chrono::milliseconds(1);
  EXPECT_EQ(edge.Infer(Input(), request).status().code, Code::kDeadlineExceeded);
  edge.Close(std::chrono::nanoseconds(0));
}

TEST_F(EdgeTest, ALateAnswerStillComesAndSaysSo) {
  Edge edge = Open("20ms");
  client::Request request;
  request.deadline = std::chrono::milliseconds(1);
  const Or<Answer> answer = edge.Infer(Input(), request);
  ASSERT_TRUE(answer.ok()) << answer.status().message;
  EXPECT_EQ(answer->deadline_met, false);
  EXPECT_EQ(edge.Statistics().deadlines_missed, 1U);
}

TEST_F(EdgeTest, ClosingCancelsWhatIsOpenAndRefusesWhatComes) {
  Edge edge = Open("200ms");
  std::future<Or<Answer>> open = edge.InferAsync(Input());
  edge.Close(std::chrono::nanoseconds(0));
  EXPECT_EQ(open.get().status().code, Code::kCancelled);
  EXPECT_FALSE(edge.Infer(Input()).ok());
}

TEST_F(EdgeTest, DestroyingWaitsForTheAnswers) {
  std::future<Or<Answer>> open;
  {
    Edge edge = Open("20ms");
    open = edge.InferAsync(Input());
  }
  EXPECT_TRUE(open.get().ok());
}

TEST_F(EdgeTest, AWrongInputIsThatRequestsError) {
  Edge edge = Open();
  const std::vector<float> few(3);
  const auto wrong = client::Tensor::Copy(client::DType::kFloat32, {3}, few.data(), 12);
  EXPECT_EQ(edge.Infer(wrong).status().code, Code::kInvalidArgument);
  EXPECT_TRUE(edge.Infer(Input()).ok());
  EXPECT_EQ(edge.Statistics().errors, 1U);
}

TEST_F(EdgeTest, WhatCannotBeOpenedSaysWhy) {
  EXPECT_EQ(Edge::Open("/nowhere/edge.yaml").status().code, Code::kNotFound);
  options_.settings["model_repository"] = "/nowhere";
  const Or<Edge> edge = Edge::Open(options_);
  ASSERT_FALSE(edge.ok());
  EXPECT_THAT(edge.status().message, HasSubstr("/nowhere"));
}

}  // namespace
}  // namespace tideline
