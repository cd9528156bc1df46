#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "common/engine/openvino/lowering.h"
#include "tests/common/engine/programs.h"

namespace tideline::openvino {
namespace {

using ::testing::ElementsAre;
using ::testing::SizeIs;

class LoweringTest : public ::testing::Test {
 protected:
  // What one operator on a [batch, 6] value becomes for a batch of 2.
  std::vector<FrontEndCall> LowerOne(const std::string& target, std::vector<Argument> arguments,
                                     std::vector<Dim> result) {
    arguments.insert(arguments.begin(), {"self", ValueRef{x_}});
    builder_.Op("y", target, std::move(arguments), std::move(result));
    program_ = builder_.Build({});
    return Lower(*program_, program_->nodes[0], /*batch=*/2);
  }

  ProgramBuilder builder_;
  const ValueId x_ = builder_.Input("x", {kBatch, {.constant = 6}});
  std::shared_ptr<const Program> program_;
};

TEST_F(LoweringTest, SizesBecomeNumbersOfTheBatch) {
  const auto calls = LowerOne("aten.flatten.using_ints", {}, {{.per_batch = 3}, {.constant = 2}});
  ASSERT_THAT(calls, SizeIs(1));
  EXPECT_EQ(calls[0].op, "aten.view.default");
  EXPECT_EQ(std::get<ValueRef>(calls[0].inputs[0]).id, x_);
  EXPECT_THAT(std::get<std::vector<int64_t>>(calls[0].inputs[1]), ElementsAre(6, 2));
}

TEST_F(LoweringTest, AnUnknownOperatorIsPassedOnWithSizesResolved) {
  const auto calls =
      LowerOne("my.own.default", {{"size", Dim{.constant = 1, .per_batch = 4}}}, {kBatch});
  ASSERT_THAT(calls, SizeIs(1));
  EXPECT_EQ(calls[0].op, "my.own.default");
  EXPECT_EQ(std::get<int64_t>(calls[0].inputs[1]), 9);
  EXPECT_FALSE(calls[0].returns_list);
}

TEST_F(LoweringTest, KeywordsAreGivenByName) {
  const auto calls = LowerOne("aten.add.Tensor", {{"other", 1.5}, {"alpha", int64_t{2}}}, {kBatch});
  EXPECT_THAT(calls[0].inputs, SizeIs(2));
  ASSERT_THAT(calls[0].attributes, SizeIs(1));
  EXPECT_EQ(calls[0].attributes[0].name, "alpha");
}

TEST_F(LoweringTest, WhatIsAPositionInOneOperatorIsAKeywordInAnother) {
  const auto calls = LowerOne("aten.elu.default", {{"alpha", 0.5}}, {kBatch});
  EXPECT_THAT(calls[0].inputs, SizeIs(2));
}

TEST_F(LoweringTest, StepsReadEarlierSteps) {
  const auto calls = LowerOne("aten.max_pool1d.default", {{"kernel_size", std::vector<int64_t>{2}}},
                              {kBatch, {.constant = 3}});
  ASSERT_THAT(calls, SizeIs(4));
  for (size_t i = 1; i < calls.size(); ++i) {
    const ValueRef read = std::get<ValueRef>(calls[i].inputs[0]);
    ASSERT_TRUE(IsStep(read));
    EXPECT_EQ(StepOf(read), static_cast<int32_t>(i) - 1);
  }
}

TEST_F(LoweringTest, BatchNormThatTrainsIsLeftToTheFrontEnd) {
  const auto calls = LowerOne("aten.batch_norm.default", {{"training", true}}, {kBatch});
  EXPECT_EQ(calls[0].op, "aten.batch_norm.default");
}

}  // namespace
}  // namespace tideline::openvino
