#include "common/model/postprocess.h"

#include <cmath>
#include <limits>

#include "gtest/gtest.h"

namespace tideline {
namespace {

const OutputInfo kLogits{OutputKind::kClassification, /*softmax=*/false};
const OutputInfo kProbabilities{OutputKind::kClassification, /*softmax=*/true};
const std::vector<std::string> kLabels = {"ebb", "flood", "slack"};

Tensor Floats(Shape shape, std::span<const float> values) {
  Tensor tensor = Tensor::Allocate(DType::kFloat32, std::move(shape)).value();
  Scatter(std::as_bytes(values), tensor);
  return tensor;
}

TEST(PostprocessTest, LogitsGetASoftmax) {
  const float values[] = {1, 3, 2};
  const Answer answer = Postprocess({Floats({1, 3}, values)}, kLogits, kLabels).value();
  ASSERT_EQ(answer.classes.size(), 1u);
  EXPECT_EQ(answer.classes[0].index, 1);
  EXPECT_EQ(answer.classes[0].label, "flood");
  EXPECT_DOUBLE_EQ(answer.classes[0].score, 1 / (1 + std::exp(-1.0) + std::exp(-2.0)));
}

TEST(PostprocessTest, ProbabilitiesStayAsTheyAre) {
  const float values[] = {0.25f, 0.25f, 0.5f};
  const Answer answer = Postprocess({Floats({1, 3}, values)}, kProbabilities, {}).value();
  EXPECT_EQ(answer.classes[0].index, 2);
  EXPECT_EQ(answer.classes[0].label, "");
  EXPECT_EQ(answer.classes[0].score, 0.5);
}

TEST(PostprocessTest, EveryRowOfABatchHasItsClass) {
  const float values[] = {5, 0, 0, 0, 0, 5};
  const Answer answer = Postprocess({Floats({2, 3, 1, 1}, values)}, kLogits, kLabels).value();
  ASSERT_EQ(answer.classes.size(), 2u);
  EXPECT_EQ(answer.classes[0].label, "ebb");
  EXPECT_EQ(answer.classes[1].label, "slack");
}

TEST(PostprocessTest, LargeAndInfiniteLogitsHaveAScore) {
  const float infinity = std::numeric_limits<float>::infinity();
  const float large[] = {1e30f, -1e30f, 0};
  EXPECT_EQ(Postprocess({Floats({1, 3}, large)}, kLogits, {})->classes[0].score, 1.0);
  const float infinite[] = {infinity, -infinity, 0};
  EXPECT_EQ(Postprocess({Floats({1, 3}, infinite)}, kLogits, {})->classes[0].score, 1.0);
}

TEST(PostprocessTest, NanIsRefused) {
  const float values[] = {1, std::numeric_limits<float>::quiet_NaN(), 2};
  EXPECT_EQ(Postprocess({Floats({1, 3}, values)}, kLogits, {}).status().code(),
            absl::StatusCode::kInvalidArgument);
}

TEST(PostprocessTest, LabelsMustMatchTheClasses) {
  const float values[] = {1, 2};
  EXPECT_EQ(Postprocess({Floats({1, 2}, values)}, kLogits, kLabels).status().message(),
            "the network has 2 classes, its file of labels has 3 lines");
}

TEST(PostprocessTest, AClassifierNeedsRowsOfFloats) {
  const float values[] = {1, 2};
  EXPECT_FALSE(Postprocess({Floats({2}, values)}, kLogits, {}).ok());
  EXPECT_FALSE(Postprocess({Floats({1, 1, 2}, values)}, kLogits, {}).ok());
  EXPECT_FALSE(Postprocess({}, kLogits, {}).ok());
}

TEST(PostprocessTest, RawOutputsPassUnchanged) {
  const float values[] = {1, 2};
  const Tensor output = Floats({2}, values);
  const Answer answer = Postprocess({output}, OutputInfo{}, kLabels).value();
  EXPECT_TRUE(answer.classes.empty());
  EXPECT_EQ(answer.outputs[0].data(), output.data());
}

}  // namespace
}  // namespace tideline
