#include "common/engine/inputs.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "tests/common/engine/programs.h"

namespace tideline {
namespace {

using ::testing::AllOf;
using ::testing::HasSubstr;

class InputsTest : public ::testing::Test {
 protected:
  // x: [batch, 3], y: [4 * batch]
  InputsTest() {
    ProgramBuilder builder;
    const ValueId x = builder.Input("x", {kBatch, {.constant = 3}});
    const ValueId y = builder.Input("y", {{.per_batch = 4}});
    program_ = builder.Build({x});
    from_ = {"input", {x, y}};
  }

  absl::StatusOr<int64_t> Check(const std::vector<Tensor>& inputs) {
    return CheckInputs(*program_, from_, inputs);
  }
  std::string ErrorOf(const std::vector<Tensor>& inputs) {
    const absl::Status status = Check(inputs).status();
    EXPECT_EQ(status.code(), absl::StatusCode::kInvalidArgument);
    return std::string(status.message());
  }

  std::shared_ptr<const Program> program_;
  Frontier from_;
};

TEST_F(InputsTest, TheCommonBatchIsFound) { EXPECT_EQ(*Check({Ramp({2, 3}), Ramp({8})}), 2); }

TEST_F(InputsTest, ValuesOfDifferentBatchesAreRefused) {
  EXPECT_THAT(ErrorOf({Ramp({2, 3}), Ramp({4})}),
              AllOf(HasSubstr("'y'"), HasSubstr("[4]"), HasSubstr("[4 * batch] with batch 2")));
}

TEST_F(InputsTest, AnErrorNamesValueAndBothShapes) {
  EXPECT_THAT(ErrorOf({Ramp({2, 5}), Ramp({8})}),
              AllOf(HasSubstr("'x'"), HasSubstr("[2, 5]"), HasSubstr("[batch, 3]")));
}

TEST_F(InputsTest, WrongRankIsRefused) { ErrorOf({Ramp({3}), Ramp({4})}); }

TEST_F(InputsTest, APartOfABatchIsRefused) {
  EXPECT_THAT(ErrorOf({Ramp({1, 3}), Ramp({6})}), HasSubstr("'y'"));
}

TEST_F(InputsTest, AnEmptyBatchIsRefused) { ErrorOf({Ramp({0, 3}), Ramp({0})}); }

TEST_F(InputsTest, WrongCountIsRefusedWithBothCounts) {
  EXPECT_THAT(ErrorOf({Ramp({1, 3})}), AllOf(HasSubstr("1 tensors"), HasSubstr("takes 2")));
}

TEST_F(InputsTest, WrongDTypeIsRefusedWithBothNames) {
  EXPECT_THAT(ErrorOf({*Tensor::Allocate(DType::kUInt8, {1, 3}), Ramp({4})}),
              AllOf(HasSubstr("uint8"), HasSubstr("float32")));
}

TEST_F(InputsTest, ABatchBeyondTheLimitIsRefused) {
  const Tensor one = Ramp({1});
  const Tensor huge =
      Tensor::View(DType::kFloat32, {kLargestBatch + 1, 3}, {0, 0}, one.data(), one.owner());
  ErrorOf({huge, Ramp({4})});
}

}  // namespace
}  // namespace tideline
