#include "common/engine/slices.h"

#include <cstdint>
#include <string>
#include <utility>
#include <vector>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "common/engine/engines.h"
#include "tests/common/engine/programs.h"

namespace tideline {
namespace {

using ::testing::ElementsAre;

// Writes down the batches that a model runs.
class Recorder final : public PreparedModel {
 public:
  Recorder(std::unique_ptr<PreparedModel> model, std::vector<int64_t>* batches)
      : model_(std::move(model)), batches_(batches) {}

  absl::StatusOr<std::vector<Tensor>> Run(const Segment& segment, std::span<const Tensor> inputs,
                                          const RunOptions& options) override {
    batches_->push_back(inputs[0].shape()[0]);
    return model_->Run(segment, inputs, options);
  }

  EngineDescription Describe() const override { return model_->Describe(); }

 private:
  const std::unique_ptr<PreparedModel> model_;
  std::vector<int64_t>* const batches_;
};

class SlicesTest : public ::testing::Test {
 protected:
  // The program on the engine "fake", whose operators read and make at most `bytes` at a time.
  std::unique_ptr<PreparedModel> Prepare(const std::shared_ptr<const Program>& program,
                                         double bytes, double weights = 1e9) {
    auto engine = OpenEngine("fake");
    EXPECT_TRUE(engine.ok()) << engine.status();
    auto model = (*engine)->Prepare(program, {});
    EXPECT_TRUE(model.ok()) << model.status();
    return RunInSlices(std::make_unique<Recorder>(*std::move(model), &batches_), program,
                       {.bytes = bytes, .weights = weights});
  }

  // x → relu → `target` with `arguments`, of [batch, 3].
  std::shared_ptr<const Program> Chain(const std::string& target, std::vector<Argument> arguments) {
    ProgramBuilder builder;
    const std::vector<Dim> dims = {kBatch, {.constant = 3}};
    const ValueId x = builder.Input("x", dims);
    const ValueId a = builder.Op("a", "aten.relu.default", {{"self", ValueRef{x}}}, dims);
    arguments.insert(arguments.begin(), {"self", ValueRef{a}});
    return builder.Build({builder.Op("b", target, std::move(arguments), dims)});
  }

  Segment WholeOf(const Program& program) {
    return {{"input", program.inputs}, {"edge", program.outputs}};
  }

  std::vector<int64_t> batches_;
  const Diamond net_;
  // At most two values of three floats are read and one is made for an input.
  static constexpr double kOneInput = 36;
};

TEST_F(SlicesTest, ABatchThatFitsRunsAtOnce) {
  const auto model = Prepare(net_.program, /*bytes=*/4 * kOneInput);
  ASSERT_TRUE(model->Run({net_.input(), net_.edge()}, std::vector<Tensor>{Ramp({4, 3})}).ok());
  EXPECT_THAT(batches_, ElementsAre(4));
}

TEST_F(SlicesTest, ALargerOneRunsInPowersOfTwoAndGivesTheSame) {
  const Tensor input = Ramp({11, 3}, /*first=*/-3);
  const Segment whole{net_.input(), net_.edge()};
  const auto at_once = *Prepare(net_.program, 1e9)->Run(whole, std::vector<Tensor>{input});
  batches_.clear();
  const auto sliced = Prepare(net_.program, 5 * kOneInput)->Run(whole, std::vector<Tensor>{input});
  ASSERT_TRUE(sliced.ok()) << sliced.status();
  EXPECT_THAT(batches_, ElementsAre(4, 4, 2, 1));
  EXPECT_TRUE(BitEqual((*sliced)[0], at_once[0]));
}

TEST_F(SlicesTest, AStopEndsThemAll) {
  std::stop_source stop;
  stop.request_stop();
  const auto outputs = Prepare(net_.program, kOneInput)
                           ->Run({net_.input(), net_.edge()}, std::vector<Tensor>{Ramp({4, 3})},
                                 {.stop = stop.get_token()});
  EXPECT_EQ(outputs.status().code(), absl::StatusCode::kCancelled) << outputs.status();
  EXPECT_THAT(batches_, ElementsAre(1));
}

TEST_F(SlicesTest, WhatDoesNotFitAtAllRunsOneByOne) {
  const auto model = Prepare(net_.program, /*bytes=*/1);
  ASSERT_TRUE(model->Run({net_.input(), net_.edge()}, std::vector<Tensor>{Ramp({3, 3})}).ok());
  EXPECT_THAT(batches_, ElementsAre(1, 1, 1));
}

TEST_F(SlicesTest, StridedInputsAreSlicedAsTheyAre) {
  const Tensor dense = Ramp({3, 2});
  const Tensor transposed =
      Tensor::View(DType::kFloat32, {2, 3}, {1, 2}, dense.data(), dense.owner());
  const Segment whole{net_.input(), net_.edge()};
  const auto model = Prepare(net_.program, kOneInput);
  const auto strided = model->Run(whole, std::vector<Tensor>{transposed});
  const auto contiguous = model->Run(whole, std::vector<Tensor>{*Contiguous(transposed)});
  EXPECT_THAT(batches_, ElementsAre(1, 1, 1, 1));
  EXPECT_TRUE(BitEqual((*strided)[0], (*contiguous)[0]));
}

TEST_F(SlicesTest, LargeWeightsAreReadOnceForTheWholeBatch) {
  const auto model = Prepare(net_.program, kOneInput, /*weights=*/11);  // w has twelve bytes
  ASSERT_TRUE(model->Run({net_.input(), net_.edge()}, std::vector<Tensor>{Ramp({4, 3})}).ok());
  EXPECT_THAT(batches_, ElementsAre(4));
}

TEST_F(SlicesTest, WhatLooksAtOtherInputsRunsAtOnce) {
  for (const auto& program : {Chain("aten.softmax.int", {{"dim", int64_t{0}}}),
                              Chain("aten.softmax.int", {{"dim", int64_t{-2}}}),
                              Chain("aten.cumsum.default", {{"dim", int64_t{0}}})}) {
    batches_.clear();
    const auto model = Prepare(program, /*bytes=*/1);
    model->Run(WholeOf(*program), std::vector<Tensor>{Ramp({4, 3})}).status().IgnoreError();
    EXPECT_THAT(batches_, ElementsAre(4)) << program->nodes.back().target;
  }
}

TEST_F(SlicesTest, WhatWorksAlongARowIsSliced) {
  for (const int64_t dimension : {1, -1}) {
    batches_.clear();
    const auto program = Chain("aten.softmax.int", {{"dim", dimension}});
    const auto model = Prepare(program, /*bytes=*/1);
    ASSERT_TRUE(model->Run(WholeOf(*program), std::vector<Tensor>{Ramp({3, 3})}).ok());
    EXPECT_THAT(batches_, ElementsAre(1, 1, 1)) << dimension;
  }
}

TEST_F(SlicesTest, WhatFoldsSomethingIntoTheBatchRunsAtOnce) {
  ProgramBuilder builder;
  const ValueId x = builder.Input("x", {kBatch, {.constant = 4}});
  const ValueId v = builder.Op(
      "v", "aten.view.default",
      {{"self", ValueRef{x}}, {"size", std::vector<Dim>{{.per_batch = 2}, {.constant = 2}}}},
      {{.per_batch = 2}, {.constant = 2}});
  const auto program = builder.Build({v});
  const auto model = Prepare(program, /*bytes=*/1);
  ASSERT_TRUE(model->Run(WholeOf(*program), std::vector<Tensor>{Ramp({3, 4})}).ok());
  EXPECT_THAT(batches_, ElementsAre(3));
}

TEST_F(SlicesTest, AnErrorOfTheModelIsTheAnswer) {
  const auto model = Prepare(net_.program, kOneInput);
  const auto outputs = model->Run({net_.input(), net_.edge()}, std::vector<Tensor>{Ramp({4, 2})});
  EXPECT_EQ(outputs.status().code(), absl::StatusCode::kInvalidArgument);
}

}  // namespace
}  // namespace tideline
