#include "partitioner/calibrator/measure.h"

#include <cmath>

#include "absl/time/time.h"
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "common/engine/fake.h"
#include "partitioner/calibrator/fit.h"
#include "tests/common/engine/programs.h"

namespace tideline {
namespace {

std::vector<CodecSpec> Specs(std::initializer_list<std::string_view> texts) {
  std::vector<CodecSpec> specs;
  for (const std::string_view text : texts) {
    specs.push_back(*ParseCodecSpec(text));
  }
  return specs;
}

class MeasureTest : public ::testing::Test {
 protected:
  MeasureTest()
      : table_(*net_.program),
        model_(*CreateFakeEngine(absl::ZeroDuration())->Prepare(net_.program, {})) {
    samples_.read = [](size_t index) -> absl::StatusOr<Tensor> {
      return Ramp({1, 3}, static_cast<float>(index));
    };
    samples_.fit = {0, 1, 2, 3};
    samples_.measured = {4, 5, 6, 7, 8};
  }

  const Frontier& cut() const { return table_.single().front(); }

  const Diamond net_;
  const FrontierTable table_;
  std::unique_ptr<PreparedModel> model_;
  CalibrationSamples samples_;
};

TEST_F(MeasureTest, ALosslessCodecLosesNothing) {
  CutMeasurer measurer(*model_, table_, samples_, /*classification=*/true);
  size_t reported = 0;
  const auto results = *measurer.Measure(cut(), Specs({"fp32", "fp32/stored"}), ParameterStore(),
                                         [&](size_t done) { reported = done; });
  EXPECT_EQ(reported, 5U);
  ASSERT_EQ(results.size(), 2U);
  EXPECT_EQ(results[0].agreement->value, 1);
  EXPECT_EQ(results[0].agreement->low, 1);
  EXPECT_EQ(results[0].mean_error, 0);
  EXPECT_EQ(results[1].elements, 3);
  EXPECT_GE(results[1].bytes_mean, 12);
  EXPECT_FALSE(results[0].accuracy_drop.has_value());
  EXPECT_FALSE(results[0].entropy_bits.has_value());  // there are no symbols
}

TEST_F(MeasureTest, LostAnswersAreCountedAgainstTheLabels) {
  // Right where the network is: every change is a loss.
  CutMeasurer plain(*model_, table_, samples_, /*classification=*/true);
  for (const size_t index : samples_.measured) {
    const Tensor input = *samples_.read(index);
    samples_.labels.push_back(
        *TopClass(*model_->Run({table_.input(), table_.edge()}, {&input, 1})));
  }
  CutMeasurer measurer(*model_, table_, samples_, /*classification=*/true);
  EXPECT_EQ((*measurer.Accuracy())->value, 1);
  const auto results =
      *measurer.Measure(cut(), Specs({"int8", "q2"}), ParameterStore(), [](size_t) {});
  for (const SettingResult& result : results) {
    EXPECT_NEAR(result.accuracy_drop->value, 1 - result.agreement->value, 1e-12);
    EXPECT_GT(result.mean_error, 0);
    EXPECT_LT(result.agreement->low, result.agreement->high);  // five inputs prove little
  }
}

TEST_F(MeasureTest, FittedParametersAreUsed) {
  CutMeasurer measurer(*model_, table_, samples_, /*classification=*/false);
  const std::vector<CodecSpec> specs = Specs({"int8", "int8/dense", "int4/fast"});
  const auto sets = *FitParameters(cut(), specs, *measurer.FitTensors(cut()));
  ASSERT_EQ(sets.size(), 2U);  // one per number of levels
  EXPECT_EQ(sets[0].rounding.levels, 16);
  EXPECT_EQ(sets[0].channels.size(), 3U);
  EXPECT_FALSE(sets[1].tables.empty());
  const std::string bytes = *WriteParameters(sets);
  const auto store = *ParameterStore::Parse(std::as_bytes(std::span(bytes)));
  const auto results = *measurer.Measure(cut(), specs, *store, [](size_t) {});
  EXPECT_EQ(results[0].mean_error, results[1].mean_error);
  EXPECT_FALSE(results[0].agreement.has_value());
  // Three symbols of a tensor of three elements are of three kinds at most.
  EXPECT_GT(*results[0].entropy_bits, 0);
  EXPECT_LE(*results[0].entropy_bits, 3 * std::log2(3.0) + 1e-9);
  EXPECT_EQ(results[0].entropy_bits, results[1].entropy_bits);
  EXPECT_NE(
      results[0].mean_error,
      (*measurer.Measure(cut(), Specs({"int8"}), ParameterStore(), [](size_t) {}))[0].mean_error);
}

TEST_F(MeasureTest, ImagesAreAskedForWhereImagesAreSent) {
  CutMeasurer measurer(*model_, table_, samples_, /*classification=*/true);
  EXPECT_FALSE(measurer.MeasureImages(Specs({"raw"}), [](size_t) {}).ok());
}

}  // namespace
}  // namespace tideline
