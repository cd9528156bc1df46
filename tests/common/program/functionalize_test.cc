#include "common/program/functionalize.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "tests/common/program/pt2_builder.h"

namespace tideline {
namespace {

using ::testing::HasSubstr;

constexpr char kMend[] = "torch.export.save(ep.run_decompositions({})";

// x -> a = sigmoid(x), then what the test adds; every value is [2, 6].
class FunctionalizeTest : public ::testing::Test {
 protected:
  FunctionalizeTest() {
    net_.Input("x", {2, 6});
    Add("a", "aten.sigmoid.default", {{"self", TensorArg("x")}});
  }

  void Add(const std::string& name, const std::string& target, const Pt2Builder::Inputs& inputs) {
    net_.Node(name, target, inputs, {2, 6});
  }
  void Unary(const std::string& name, const std::string& target, const std::string& input) {
    Add(name, target, {{"self", TensorArg(input)}});
  }
  void Binary(const std::string& name, const std::string& target, const std::string& left,
              const std::string& right) {
    Add(name, target, {{"self", TensorArg(left)}, {"other", TensorArg(right)}});
  }

  std::shared_ptr<const Program> Loaded(const std::string& result) {
    const auto program = net_.Result(result).Load();
    EXPECT_TRUE(program.ok()) << program.status();
    return program.ok() ? *program : std::make_shared<const Program>();
  }

  void ExpectRefused(const std::string& result, const std::string& part,
                     const std::string& mend = kMend) {
    const absl::Status status = net_.Result(result).Load().status();
    EXPECT_EQ(status.code(), absl::StatusCode::kInvalidArgument) << status;
    EXPECT_THAT(std::string(status.message()), HasSubstr(part));
    EXPECT_THAT(std::string(status.message()), HasSubstr(mend));
  }

  Pt2Builder net_;
};

TEST_F(FunctionalizeTest, InPlaceOperatorsBecomeTheirTwins) {
  Unary("b", "aten.relu_.default", "a");
  Binary("c", "aten.add_.Tensor", "b", "x");
  const auto program = Loaded("c");
  ASSERT_EQ(program->nodes.size(), 3U);
  EXPECT_EQ(program->nodes[1].target, "aten.relu.default");
  EXPECT_EQ(program->nodes[2].target, "aten.add.Tensor");
}

TEST_F(FunctionalizeTest, ReadingTheOldValueBeforeIsFine) {
  Unary("before", "aten.tanh.default", "a");
  Unary("b", "aten.relu_.default", "a");
  Binary("c", "aten.add.Tensor", "b", "before");
  EXPECT_EQ(Loaded("c")->nodes.size(), 4U);
}

TEST_F(FunctionalizeTest, ReadingTheOldValueAfterwardsIsRefused) {
  Unary("b", "aten.relu_.default", "a");
  Binary("c", "aten.add.Tensor", "b", "a");
  ExpectRefused("c", "node 'c' (aten.add.Tensor) reads 'a'");
}

TEST_F(FunctionalizeTest, AnOldValueThatIsAResultIsRefused) {
  Unary("b", "aten.relu_.default", "a");
  net_.Result("b");
  ExpectRefused("a", "the network's result reads 'a'");
}

TEST_F(FunctionalizeTest, AViewOfTheWrittenValueIsRefused) {
  Unary("flat", "aten.view.default", "a");
  Unary("b", "aten.relu_.default", "a");
  Binary("c", "aten.add.Tensor", "b", "flat");
  ExpectRefused("c", "reads 'flat'");
}

TEST_F(FunctionalizeTest, TheBaseOfAWrittenViewIsRefused) {
  Unary("part", "aten.slice.Tensor", "a");
  Unary("b", "aten.relu_.default", "part");
  Binary("c", "aten.add.Tensor", "b", "a");
  ExpectRefused("c", "reads 'a'");
}

TEST_F(FunctionalizeTest, AnotherViewOfTheBaseIsRefused) {
  Unary("left", "aten.slice.Tensor", "a");
  Unary("right", "aten.slice.Tensor", "a");
  Unary("b", "aten.relu_.default", "left");
  Binary("c", "aten.add.Tensor", "b", "right");
  ExpectRefused("c", "reads 'right'");
}

TEST_F(FunctionalizeTest, ViewsOfTheNewValueAreFine) {
  Unary("b", "aten.relu_.default", "a");
  Unary("view", "aten.view.default", "b");
  Unary("c", "aten.tanh_.default", "view");
  Unary("d", "aten.view.default", "c");
  EXPECT_EQ(Loaded("d")->nodes.size(), 5U);
}

TEST_F(FunctionalizeTest, ACopyIsMemoryOfItsOwn) {
  Unary("copy", "aten.clone.default", "a");
  Unary("b", "aten.relu_.default", "a");
  Binary("c", "aten.add.Tensor", "b", "copy");
  EXPECT_EQ(Loaded("c")->nodes.size(), 4U);
}

TEST_F(FunctionalizeTest, DropoutInEvaluationSharesMemory) {
  Add("drop", "aten.dropout.default",
      {{"input", TensorArg("a")}, {"p", FloatArg(0.5)}, {"train", BoolArg(false)}});
  Unary("b", "aten.relu_.default", "drop");
  Binary("c", "aten.add.Tensor", "b", "a");
  ExpectRefused("c", "reads 'a'");
}

TEST_F(FunctionalizeTest, TrainingModeIsRefused) {
  Add("drop", "aten.dropout.default",
      {{"input", TensorArg("a")}, {"p", FloatArg(0.5)}, {"train", BoolArg(true)}});
  ExpectRefused("drop", "'drop' (aten.dropout.default) is in training mode", "model.eval()");
}

TEST_F(FunctionalizeTest, BatchNormInTrainingIsRefused) {
  net_.Parameter("w", {6});
  Add("norm", "aten.batch_norm.default",
      {{"input", TensorArg("a")}, {"weight", TensorArg("w")}, {"training", BoolArg(true)}});
  ExpectRefused("norm", "is in training mode", "model.eval()");
}

TEST_F(FunctionalizeTest, AWrittenWeightIsRefused) {
  net_.Buffer("count", {2, 6});
  Binary("b", "aten.add_.Tensor", "count", "a");
  ExpectRefused("b", "writes the weight 'count'", "without state");
}

TEST_F(FunctionalizeTest, OperatorsWithoutATwinAreRefused) {
  Binary("b", "aten.__ior__.Tensor", "a", "x");
  ExpectRefused("b", "node 'b' (aten.__ior__.Tensor) writes in place");
}

TEST_F(FunctionalizeTest, OutVariantsAreRefused) {
  Binary("b", "aten.add.out", "a", "x");
  ExpectRefused("b", "node 'b' (aten.add.out) writes in place");
}

TEST_F(FunctionalizeTest, ATwinThatWouldPromoteIsRefused) {
  Unary("wide", "aten.to.dtype", "x");
  net_.graph()["tensor_values"]["wide"]["dtype"] = 8;
  Binary("b", "aten.add_.Tensor", "a", "wide");
  ExpectRefused("b", "writes float64 into float32 in place");
}

}  // namespace
}  // namespace tideline
