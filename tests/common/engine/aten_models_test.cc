#include <cstdlib>
#include <string>
#include <tuple>

#include <gtest/gtest.h>

#include "common/engine/engines.h"
#include "common/program/frontier.h"
#include "common/program/load.h"
#include "common/tensor/npy.h"

// The engine "aten" on exported networks: every single-value cut against the whole, bit by bit, as
// it is rewritten for speed and as LibTorch runs it operator by operator.
namespace tideline {
namespace {

class AtenModelsTest : public ::testing::TestWithParam<std::tuple<std::string, std::string>> {
 protected:
  void SetUp() override {
    const char* models = std::getenv("TIDELINE_TEST_MODELS");
    if (models == nullptr) {
      GTEST_SKIP() << "TIDELINE_TEST_MODELS is not set: no exported networks to run";
    }
    const std::string folder = std::string(models) + "/" + std::get<0>(GetParam()) + "/1/";
    auto program = LoadProgram(folder + "model.pt2");
    ASSERT_TRUE(program.ok()) << program.status();
    program_ = *program;
    auto arrays = ReadNpz(folder + "reference.npz");
    ASSERT_TRUE(arrays.ok()) << arrays.status();
    input_ = arrays->at("a_input0");
    expected_ = arrays->at("a_output0");
    SetEngineThreads(/*threads=*/1, /*spin=*/false);
    auto engine = OpenEngine(std::get<1>(GetParam()));
    ASSERT_TRUE(engine.ok()) << engine.status();
    auto model = (*engine)->Prepare(program_, {.threads = 1});
    ASSERT_TRUE(model.ok()) << model.status();
    model_ = *std::move(model);
  }

  std::shared_ptr<const Program> program_;
  std::unique_ptr<PreparedModel> model_;
  Tensor input_;
  Tensor expected_;
};

TEST_P(AtenModelsTest, EveryCutIsBitEqualToTheWholeAndTheWholeToPyTorch) {
  const FrontierTable table(*program_);
  const std::vector<Tensor> inputs = {input_};
  const auto whole = model_->Run({table.input(), table.edge()}, inputs);
  ASSERT_TRUE(whole.ok()) << whole.status();
  EXPECT_LE(*RelativeError((*whole)[0], expected_), 1e-5);
  ASSERT_GT(table.single().size(), 10U);
  for (const Frontier& cut : table.single()) {
    const auto head = model_->Run({table.input(), cut}, inputs);
    ASSERT_TRUE(head.ok()) << cut.name << ": " << head.status();
    const auto tail = model_->Run({cut, table.edge()}, *head);
    ASSERT_TRUE(tail.ok()) << cut.name << ": " << tail.status();
    EXPECT_TRUE(BitEqual((*tail)[0], (*whole)[0])) << cut.name;
  }
}

TEST_P(AtenModelsTest, WhatIsFusedCountsForTheGroupThatItIsIn) {
  const FrontierTable table(*program_);
  const std::vector<Tensor> inputs = {input_};
  const Frontier& cut = table.single()[table.single().size() / 2];
  const auto head = model_->TimeNodes({table.input(), cut}, inputs, /*runs=*/3);
  const auto whole = model_->TimeNodes({table.input(), table.edge()}, inputs, /*runs=*/3);
  ASSERT_TRUE(head.ok() && whole.ok()) << head.status() << whole.status();
  ASSERT_EQ(whole->size(), program_->nodes.size());
  const NodeId last = program_->values[cut.values[0]].producer;
  for (const Group& group : table.groups()) {
    double whole_ns = 0;
    double head_ns = 0;
    for (const NodeId node : group.nodes) {
      whole_ns += (*whole)[node];
      head_ns += (*head)[node];
    }
    EXPECT_GT(whole_ns, 0) << group.name;
    EXPECT_EQ(head_ns > 0, group.nodes.front() <= last) << group.name;
  }
}

INSTANTIATE_TEST_SUITE_P(Models, AtenModelsTest,
                         ::testing::Combine(::testing::Values("mobilenet_v2", "mobilenet_v3_small",
                                                              "squeezenet1_1"),
                                            ::testing::Values("aten", "aten:plain")),
                         [](const auto& test) {
                           const bool plain = std::get<1>(test.param) == "aten:plain";
                           return std::get<0>(test.param) + (plain ? "_plain" : "");
                         });

}  // namespace
}  // namespace tideline
