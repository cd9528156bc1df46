#include "partitioner/tool/cut_check.h"

#include <cstring>
#include <set>

#include "absl/time/time.h"
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "common/engine/fake.h"
#include "tests/common/engine/programs.h"

namespace tideline {
namespace {

class CutCheckTest : public ::testing::Test {
 protected:
  CutCheckTest() : table_(*net_.program) {
    const std::shared_ptr<Engine> fake = CreateFakeEngine(absl::ZeroDuration());
    Subject subject{.name = "fake",
                    .model = *fake->Prepare(net_.program, {}),
                    .tolerance = 1e-5,
                    .bit_equal = true};
    reference_.a = Case(*subject.model, /*first=*/0);
    reference_.b = Case(*subject.model, /*first=*/1);
    subjects_.push_back(std::move(subject));
  }

  ReferenceCase Case(PreparedModel& model, float first) const {
    const std::vector<Tensor> inputs = {Ramp({1, 3}, first)};
    return {inputs, *model.Run({table_.input(), table_.edge()}, inputs)};
  }

  CutReport Check(const CutCodec& codec) {
    CutChecker checker(table_, reference_, subjects_, codec);
    EXPECT_TRUE(checker.CheckWhole().ok());
    return *checker.Check(table_.single().front());
  }

  // Changes the lowest bit of the first element, as a lossless codec must not.
  static CutCodec Damaging(bool lossless) {
    return {"damaging", lossless, [](const Tensor& tensor) -> absl::StatusOr<Carried> {
              Tensor copy = *Tensor::Allocate(tensor.dtype(), tensor.shape());
              std::memcpy(copy.mutable_data(), tensor.data(), tensor.nbytes());
              copy.mutable_data()[0] ^= std::byte{1};
              return Carried{copy, 1};
            }};
  }

  const Diamond net_;
  const FrontierTable table_;
  Reference reference_;
  std::vector<Subject> subjects_;
};

TEST_F(CutCheckTest, ACutThatIsCarriedUnchangedMatches) {
  const CutReport report = Check(*OpenCutCodec("fp32"));
  EXPECT_FALSE(report.mismatch);
  EXPECT_TRUE(report.subjects[0].bit_equal);
  EXPECT_GT(report.bytes, 0);
}

TEST_F(CutCheckTest, OneBitIsAMismatch) {
  const CutReport report = Check(Damaging(/*lossless=*/true));
  EXPECT_TRUE(report.mismatch);
  EXPECT_FALSE(report.subjects[0].bit_equal);
  EXPECT_GT(report.subjects[0].vs_whole, 1e-5);
}

TEST_F(CutCheckTest, ALossyCodecIsMeasuredByItsTop1) {
  const CutReport report = Check(Damaging(/*lossless=*/false));
  EXPECT_GT(report.subjects[0].vs_pytorch, 0);
  EXPECT_EQ(report.mismatch, !report.subjects[0].same_top1);
}

TEST_F(CutCheckTest, AnEngineOfFewerBitsIsMeasuredByItsTop1AndByTheWhole) {
  subjects_[0].reduced = true;
  reference_.a.outputs = {Ramp({1, 3}, /*first=*/-100)};  // far away, of the same class
  reference_.b.outputs = reference_.a.outputs;
  CutReport report = Check(*OpenCutCodec("fp32"));
  EXPECT_GT(report.subjects[0].vs_pytorch, 0.1);
  EXPECT_EQ(report.mismatch, !report.subjects[0].same_top1);
  EXPECT_TRUE(Check(Damaging(/*lossless=*/true)).mismatch);
}

TEST_F(CutCheckTest, AWholeThatIsNotPyTorchsIsAMismatch) {
  reference_.a.outputs = reference_.b.outputs;
  const CutCodec codec = *OpenCutCodec("fp32");
  CutChecker checker(table_, reference_, subjects_, codec);
  EXPECT_TRUE(checker.CheckWhole()->mismatch);
  EXPECT_EQ(checker.Sensitivity(), 0);
}

TEST(CutCodecTest, ImagesAndUnknownNamesAreRefused) {
  EXPECT_EQ(OpenCutCodec("jpeg").status().code(), absl::StatusCode::kInvalidArgument);
  EXPECT_EQ(OpenCutCodec("int9").status().code(), absl::StatusCode::kInvalidArgument);
  EXPECT_FALSE(OpenCutCodec("int8")->lossless);
}

// Two chains of five that meet: many cuts of two values.
std::shared_ptr<const Program> TwoChains() {
  ProgramBuilder builder;
  const std::vector<Dim> dims = {kBatch, {.constant = 3}};
  const ValueId x = builder.Input("x", dims);
  ValueId ends[2] = {x, x};
  for (int chain = 0; chain < 2; ++chain) {
    for (int i = 0; i < 5; ++i) {
      const std::string name = fmt::format("c{}.{}", chain, i);
      ends[chain] = builder.Op(name, "aten.neg.default", {{"self", ValueRef{ends[chain]}}}, dims);
    }
  }
  ValueId y = builder.Op("join", "aten.mul.Tensor",
                         {{"self", ValueRef{ends[0]}}, {"other", ValueRef{ends[1]}}}, dims);
  for (int i = 0; i < 8; ++i) {
    y = builder.Op(fmt::format("t.{}", i), "aten.neg.default", {{"self", ValueRef{y}}}, dims);
  }
  return builder.Build({y});
}

TEST(SelectCutsTest, AllHasEverySingleAndTheMultiValueCuts) {
  const FrontierTable table(*TwoChains());
  const CutSelection all = SelectCuts(table, std::nullopt, /*seed=*/0);
  EXPECT_GT(all.multi_exist, 0U);
  EXPECT_EQ(all.single_exist, table.single().size());
  EXPECT_EQ(all.cuts.size(), all.single_exist + all.multi_exist);
}

TEST(SelectCutsTest, ACountIsKeptDistinctAndIncludesMultiValueCuts) {
  const FrontierTable table(*TwoChains());
  for (const size_t count : {size_t{1}, size_t{2}, size_t{5}, size_t{9}}) {
    const CutSelection some = SelectCuts(table, count, /*seed=*/1);
    std::set<std::string> names;
    size_t multi = 0;
    for (const Frontier& cut : some.cuts) {
      names.insert(cut.name);
      multi += cut.values.size() > 1 ? 1 : 0;
    }
    EXPECT_EQ(names.size(), count);
    EXPECT_EQ(multi > 0, count > 1);
  }
}

TEST(SelectCutsTest, TheSameSeedChoosesTheSameCuts) {
  const FrontierTable table(*TwoChains());
  const auto first = SelectCuts(table, 6, /*seed=*/7).cuts;
  EXPECT_EQ(first, SelectCuts(table, 6, /*seed=*/7).cuts);
}

}  // namespace
}  // namespace tideline
