#include <algorithm>
#include <cstdlib>
#include <string>

#include <gtest/gtest.h>

#include "common/engine/engines.h"
#include "common/program/frontier.h"
#include "common/program/load.h"
#include "common/tensor/npy.h"

// The engine "openvino" on exported networks: every single-value cut against PyTorch's outputs.
namespace tideline {
namespace {

constexpr double kTolerance = 2e-5;  // of the largest output (ARCHITECTURE.md, "Equal")

class OpenVinoModelsTest : public ::testing::TestWithParam<std::string> {
 protected:
  void SetUp() override {
    const char* models = std::getenv("TIDELINE_TEST_MODELS");
    if (models == nullptr) {
      GTEST_SKIP() << "TIDELINE_TEST_MODELS is not set: no exported networks to run";
    }
    const std::string folder = std::string(models) + "/" + GetParam() + "/1/";
    const auto program = LoadProgram(folder + "model.pt2");
    ASSERT_TRUE(program.ok()) << program.status();
    program_ = *program;
    const auto arrays = ReadNpz(folder + "reference.npz");
    ASSERT_TRUE(arrays.ok()) << arrays.status();
    for (size_t i = 0; i < program_->inputs.size(); ++i) {
      inputs_.push_back(arrays->at("a_input" + std::to_string(i)));
    }
    for (size_t i = 0; i < program_->outputs.size(); ++i) {
      expected_.push_back(arrays->at("a_output" + std::to_string(i)));
    }
    SetEngineThreads(/*threads=*/1, /*spin=*/false);
    const auto engine = OpenEngine("openvino");
    ASSERT_TRUE(engine.ok()) << engine.status();
    auto model = (*engine)->Prepare(program_, {.threads = 1});
    ASSERT_TRUE(model.ok()) << model.status();
    model_ = *std::move(model);
  }

  void ExpectPyTorch(const absl::StatusOr<std::vector<Tensor>>& outputs, const std::string& cut) {
    ASSERT_TRUE(outputs.ok()) << cut << ": " << outputs.status();
    ASSERT_EQ(outputs->size(), expected_.size());
    for (size_t i = 0; i < expected_.size(); ++i) {
      EXPECT_LE(*RelativeError((*outputs)[i], expected_[i]), kTolerance) << cut << " result " << i;
    }
  }

  std::shared_ptr<const Program> program_;
  std::unique_ptr<PreparedModel> model_;
  std::vector<Tensor> inputs_;
  std::vector<Tensor> expected_;
};

TEST_P(OpenVinoModelsTest, WholeAndEveryCutGiveWhatPyTorchGives) {
  const FrontierTable table(*program_);
  ExpectPyTorch(model_->Run({table.input(), table.edge()}, inputs_), "whole");
  ASSERT_FALSE(table.single().empty());
  for (const Frontier& cut : table.single()) {
    const auto head = model_->Run({table.input(), cut}, inputs_);
    ASSERT_TRUE(head.ok()) << cut.name << ": " << head.status();
    ExpectPyTorch(model_->Run({cut, table.edge()}, *head), cut.name);
  }
}

TEST_P(OpenVinoModelsTest, ItsCountersAreThoseOfOurNodes) {
  const FrontierTable table(*program_);
  const auto times = model_->TimeNodes({table.input(), table.edge()}, inputs_, /*runs=*/5);
  ASSERT_TRUE(times.ok()) << times.status();
  ASSERT_EQ(times->size(), program_->nodes.size());
  int convolutions = 0;
  int groups_counted = 0;
  for (const Group& group : table.groups()) {
    const bool convolves = std::ranges::any_of(group.nodes, [this](NodeId node) {
      return program_->nodes[node].target.starts_with("aten.conv");
    });
    const bool counted =
        std::ranges::any_of(group.nodes, [&](NodeId node) { return (*times)[node] > 0; });
    convolutions += convolves ? 1 : 0;
    groups_counted += convolves && counted ? 1 : 0;
  }
  EXPECT_GE(10 * groups_counted, 9 * convolutions) << "those below a microsecond count as 0";
}

TEST_P(OpenVinoModelsTest, NoOperatorIsLacking) {
  EXPECT_TRUE(model_->Describe().unsupported.empty());
}

INSTANTIATE_TEST_SUITE_P(Models, OpenVinoModelsTest,
                         ::testing::Values("attention", "branches", "conv1d", "digits", "mlp",
                                           "mobilenet_v2", "mobilenet_v3_small", "resnet18",
                                           "squeezenet1_1", "two_outputs"),
                         [](const auto& test) { return test.param; });

}  // namespace
}  // namespace tideline
