#include <future>
#include <stop_token>
#include <sys/resource.h>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "common/base/cpu_time.h"
#include "common/base/worker_thread.h"
#include "common/engine/engines.h"
#include "tests/common/engine/programs.h"

// The engine "aten" on networks built by hand: what each line of an operator's call becomes, with
// its passes and without.
namespace tideline {
namespace {

using ::testing::AllOf;
using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::Not;

class AtenTest : public ::testing::TestWithParam<const char*> {
 protected:
  std::shared_ptr<Engine> Aten() {
    SetEngineThreads(/*threads=*/1, /*spin=*/false);
    auto engine = OpenEngine(GetParam());
    EXPECT_TRUE(engine.ok()) << engine.status();
    return *engine;
  }

  absl::StatusOr<std::unique_ptr<PreparedModel>> Prepare(std::shared_ptr<const Program> program) {
    return Aten()->Prepare(std::move(program), {.threads = 1});
  }

  // Runs the whole of a network of one input.
  absl::StatusOr<std::vector<Tensor>> RunWhole(std::shared_ptr<const Program> program,
                                               const Tensor& input) {
    auto model = Prepare(program);
    if (!model.ok()) {
      return model.status();
    }
    return (*model)->Run({{"input", program->inputs}, {"edge", program->outputs}},
                         std::vector<Tensor>{input});
  }

  const std::vector<Dim> row_ = {kBatch, {.constant = 4}};
};

TEST_P(AtenTest, ComputesADiamondAndLeavesTheFrontierUnharmed) {
  const Diamond net;
  const auto model = *Prepare(net.program);
  const Frontier cut{"a", {net.a}};
  const std::vector<Tensor> head =
      *model->Run({net.input(), cut}, std::vector<Tensor>{Ramp({2, 3}, /*first=*/-0.5F)});
  EXPECT_THAT(Elements(head[0]), ElementsAre(0, 0, 0, 0.25, 0.5, 0.75));
  const std::vector<Tensor> first = *model->Run({cut, net.edge()}, head);
  const std::vector<Tensor> second = *model->Run({cut, net.edge()}, head);
  EXPECT_THAT(Elements(head[0]), ElementsAre(0, 0, 0, 0.25, 0.5, 0.75));
  EXPECT_THAT(Elements(first[0]), ElementsAre(0, 0, 0, -0.3125, -0.875, -1.6875));
  EXPECT_TRUE(BitEqual(first[0], second[0]));
}

TEST_P(AtenTest, AStoppedRunEndsAndTheNextOneIsWhole) {
  const Diamond net;
  const auto model = *Prepare(net.program);
  const std::vector<Tensor> input = {Ramp({2, 3}, /*first=*/-0.5F)};
  const Segment whole{net.input(), net.edge()};
  std::stop_source stop;
  stop.request_stop();
  const auto stopped = model->Run(whole, input, {.stop = stop.get_token()});
  EXPECT_EQ(stopped.status().code(), absl::StatusCode::kCancelled) << stopped.status();
  EXPECT_THAT(Elements((*model->Run(whole, input))[0]),
              ElementsAre(0, 0, 0, -0.3125, -0.875, -1.6875));
}

// So CpuTime has what a Run takes.
TEST_P(AtenTest, ThePoolIsStartedByTheThreadThatRuns) {
  SetEngineThreads(/*threads=*/1, /*spin=*/false);
  const Diamond net;
  const auto model = *(*OpenEngine(GetParam()))->Prepare(net.program, {.threads = 2});
  const std::vector<Tensor> large = {Ramp({1'000'000, 3})};
  std::promise<absl::Duration> pool;
  WorkerThread worker("runs");
  worker.Post([&] {
    CpuTime all;
    for (int i = 0; i < 3; ++i) {
      EXPECT_TRUE(model->Run({net.input(), net.edge()}, large).ok());
    }
    pool.set_value(all.Read() - ThreadCpuTime());
  });
  EXPECT_GT(pool.get_future().get(), absl::ZeroDuration());
}

TEST_P(AtenTest, StridedInputsAreReadAsTheyAre) {
  const Diamond net;
  const Tensor dense = Ramp({3, 2});
  const Tensor transposed =
      Tensor::View(DType::kFloat32, {2, 3}, {1, 2}, dense.data(), dense.owner());
  const auto strided = RunWhole(net.program, transposed);
  const auto contiguous = RunWhole(net.program, *Contiguous(transposed));
  ASSERT_TRUE(strided.ok()) << strided.status();
  EXPECT_TRUE(BitEqual((*strided)[0], (*contiguous)[0]));
}

TEST_P(AtenTest, ResultsAreViewsWithTheirStrides) {
  ProgramBuilder builder;
  const ValueId x = builder.Input("x", row_);
  const ValueId t = builder.Op("t", "aten.transpose.int",
                               {{"self", ValueRef{x}}, {"dim0", int64_t{0}}, {"dim1", int64_t{1}}},
                               {{.constant = 4}, kBatch});
  const Tensor input = Ramp({2, 4});
  const auto outputs = RunWhole(builder.Build({t}), input);
  ASSERT_TRUE(outputs.ok()) << outputs.status();
  EXPECT_THAT((*outputs)[0].strides(), ElementsAre(1, 4));
  EXPECT_EQ((*outputs)[0].data(), input.data()) << "a view copies nothing";
}

TEST_P(AtenTest, SizesFollowTheBatch) {
  ProgramBuilder builder;
  const ValueId x = builder.Input("x", row_);
  const ValueId v = builder.Op(
      "v", "aten.view.default",
      {{"self", ValueRef{x}}, {"size", std::vector<Dim>{{.per_batch = 2}, {.constant = 2}}}},
      {{.per_batch = 2}, {.constant = 2}});
  const auto program = builder.Build({v});
  EXPECT_EQ((*RunWhole(program, Ramp({3, 4})))[0].shape(), Shape({6, 2}));
  EXPECT_EQ((*RunWhole(program, Ramp({1, 4})))[0].shape(), Shape({2, 2}));
}

TEST_P(AtenTest, ListsOfResultsAreTakenApartAndListsOfTensorsPutTogether) {
  ProgramBuilder builder;
  const ValueId x = builder.Input("x", row_);
  const ValueId left = builder.Activation("left", {kBatch, {.constant = 2}});
  const ValueId right = builder.Activation("right", {kBatch, {.constant = 2}});
  builder.Append({.target = "aten.chunk.default",
                  .arguments = {{"self", ValueRef{x}}, {"chunks", int64_t{2}}, {"dim", int64_t{1}}},
                  .outputs = {left, right},
                  .returns_list = true});
  const ValueId y =
      builder.Op("y", "aten.cat.default",
                 {{"tensors", std::vector<ValueRef>{{right}, {left}}}, {"dim", int64_t{1}}}, row_);
  const auto outputs = RunWhole(builder.Build({y}), Ramp({1, 4}));
  ASSERT_TRUE(outputs.ok()) << outputs.status();
  EXPECT_THAT(Elements((*outputs)[0]), ElementsAre(0.5, 0.75, 0, 0.25));
}

TEST_P(AtenTest, UnusedResultsNeedNoValue) {
  ProgramBuilder builder;
  const ValueId x = builder.Input("x", row_);
  const ValueId largest = builder.Activation("largest", {kBatch});
  builder.Append({.target = "aten.max.dim",
                  .arguments = {{"self", ValueRef{x}}, {"dim", int64_t{1}}},
                  .outputs = {largest, kNone}});
  EXPECT_THAT(Elements((*RunWhole(builder.Build({largest}), Ramp({2, 4})))[0]),
              ElementsAre(0.75, 1.75));
}

TEST_P(AtenTest, OptionalArgumentsDefaultsAndEnumerationsAreFilledIn) {
  ProgramBuilder builder;
  const ValueId x = builder.Input("x", row_);
  const ValueId w = builder.Constant("w", Ramp({1, 4}));
  const ValueId y = builder.Op("y", "aten.linear.default",
                               {{"input", ValueRef{x}}, {"weight", ValueRef{w}}, {"bias", None{}}},
                               {kBatch, {.constant = 1}});
  const ValueId z = builder.Op("z", "aten.full_like.default",
                               {{"self", ValueRef{y}},
                                {"fill_value", int64_t{2}},
                                {"dtype", DType::kFloat32},
                                {"layout", Layout{}},
                                {"device", Device{"cuda"}},
                                {"memory_format", MemoryFormat::kPreserve}},
                               {kBatch, {.constant = 1}});
  const ValueId s =
      builder.Op("s", "aten.add.Tensor", {{"self", ValueRef{y}}, {"other", ValueRef{z}}},
                 {kBatch, {.constant = 1}});
  const auto outputs = RunWhole(builder.Build({s}), Ramp({1, 4}));
  ASSERT_TRUE(outputs.ok()) << outputs.status();
  EXPECT_THAT(Elements((*outputs)[0]), ElementsAre(0.875 + 2));
}

TEST_P(AtenTest, EveryOperatorThatIsMissingIsNamed) {
  ProgramBuilder builder;
  const ValueId x = builder.Input("x", row_);
  const ValueId a = builder.Op("a", "aten.frobnicate.default", {{"self", ValueRef{x}}}, row_);
  const ValueId b = builder.Op("b", "aten.frobnicate.default", {{"self", ValueRef{a}}}, row_);
  const ValueId c = builder.Op("c", "my.own.default", {{"self", ValueRef{b}}}, row_);
  const absl::Status status = Prepare(builder.Build({c})).status();
  EXPECT_EQ(status.code(), absl::StatusCode::kUnimplemented);
  EXPECT_THAT(std::string(status.message()),
              AllOf(HasSubstr("aten.frobnicate.default (2 times)"), HasSubstr("my.own.default")));
}

TEST_P(AtenTest, AnOperatorThatWritesIntoItsArgumentsIsRefused) {
  ProgramBuilder builder;
  const ValueId x = builder.Input("x", row_);
  const ValueId a = builder.Op("a", "aten.relu_.default", {{"self", ValueRef{x}}}, row_);
  const absl::Status status = Prepare(builder.Build({a})).status();
  EXPECT_EQ(status.code(), absl::StatusCode::kUnimplemented);
  EXPECT_THAT(std::string(status.message()), HasSubstr("run_decompositions"));
}

TEST_P(AtenTest, AnUnknownArgumentIsNamed) {
  ProgramBuilder builder;
  const ValueId x = builder.Input("x", row_);
  const ValueId a =
      builder.Op("a", "aten.relu.default", {{"self", ValueRef{x}}, {"slope", 0.5}}, row_);
  EXPECT_THAT(std::string(Prepare(builder.Build({a})).status().message()),
              AllOf(HasSubstr("'slope'"), HasSubstr("aten.relu.default")));
}

TEST_P(AtenTest, AFailingOperatorIsNamedInOneLine) {
  ProgramBuilder builder;
  const ValueId x = builder.Input("x", row_);
  const ValueId w = builder.Constant("w", Ramp({5, 5}));
  const ValueId a = builder.Op("block.0.fc", "aten.mm.default",
                               {{"self", ValueRef{x}}, {"mat2", ValueRef{w}}}, row_);
  const absl::Status status = RunWhole(builder.Build({a}), Ramp({1, 4})).status();
  EXPECT_EQ(status.code(), absl::StatusCode::kInternal);
  EXPECT_THAT(std::string(status.message()),
              AllOf(HasSubstr("aten.mm.default of 'block.0.fc'"), Not(HasSubstr("\n"))));
}

TEST_P(AtenTest, ShapesAndDTypesThatDoNotFitAreRefused) {
  const Diamond net;
  const auto status = RunWhole(net.program, Ramp({1, 4})).status();
  EXPECT_EQ(status.code(), absl::StatusCode::kInvalidArgument);
  EXPECT_THAT(std::string(status.message()), AllOf(HasSubstr("[1, 4]"), HasSubstr("[batch, 3]")));
}

TEST_P(AtenTest, NothingIsKeptBetweenRuns) {
  const Diamond net;
  const auto model = *Prepare(net.program);
  Tensor input = Ramp({1, 3});
  const std::weak_ptr<const void> memory = input.owner();
  (void)*model->Run({net.input(), net.edge()}, std::vector<Tensor>{input});
  input = Tensor();
  EXPECT_TRUE(memory.expired());
}

TEST_P(AtenTest, AResultOutlivesModelAndInputs) {
  std::vector<Tensor> outputs;
  {
    const Diamond net;
    outputs = *RunWhole(net.program, Ramp({1, 3}));
  }
  EXPECT_THAT(Elements(outputs[0]), ElementsAre(0, -0.375, -1));
}

TEST_P(AtenTest, ValuesAreFreedAtTheirLastUse) {
  constexpr int kNodes = 64;
  constexpr int64_t kElements = int64_t{2} << 20;  // 8 MiB each, 512 MiB if all were kept
  const std::vector<Dim> dims = {kBatch, {.constant = kElements}};
  ProgramBuilder builder;
  ValueId value = builder.Input("x", dims);
  for (int i = 0; i < kNodes; ++i) {
    value =
        builder.Op("n" + std::to_string(i), "aten.neg.default", {{"self", ValueRef{value}}}, dims);
  }
  const auto program = builder.Build({value});
  const Tensor input = Ramp({1, kElements});
  rusage before{};
  rusage after{};
  ::getrusage(RUSAGE_SELF, &before);
  ASSERT_TRUE(RunWhole(program, input).ok());
  ::getrusage(RUSAGE_SELF, &after);
  EXPECT_LT(after.ru_maxrss - before.ru_maxrss, 128 * 1024) << "KiB";
}

TEST_P(AtenTest, LargeTensorsTakeTheMemoryOfTheRunBefore) {
  constexpr int64_t kElements = int64_t{4} << 20;  // 16 MiB a row
  const std::vector<Dim> dims = {kBatch, {.constant = kElements}};
  ProgramBuilder builder;
  const ValueId x = builder.Input("x", dims);
  const ValueId y = builder.Op("y", "aten.neg.default", {{"self", ValueRef{x}}}, dims);
  const auto program = builder.Build({y});
  const auto model = *Prepare(program);
  const Segment whole{{"input", {x}}, {"edge", {y}}};
  const std::vector<int64_t> batches = {4, 4, 3};  // the same size, then one of 12,288 pages
  for (const int64_t& batch : batches) {
    const std::vector<Tensor> input = {Ramp({batch, kElements})};
    rusage before{};
    rusage after{};
    ::getrusage(RUSAGE_SELF, &before);
    ASSERT_TRUE(model->Run(whole, input).ok());
    ::getrusage(RUSAGE_SELF, &after);
    if (&batch != &batches.front()) {
      EXPECT_LT(after.ru_minflt - before.ru_minflt, 1000) << "batch " << batch;
    }
  }
}

TEST_P(AtenTest, AnUnknownDeviceIsRefused) {
  const auto model = Aten()->Prepare(Diamond().program, {.device = "npu"});
  EXPECT_EQ(model.status().code(), absl::StatusCode::kNotFound);
}

TEST_P(AtenTest, DescribesItself) {
  const EngineDescription description = (*Prepare(Diamond().program))->Describe();
  EXPECT_EQ(description.engine, "aten");
  EXPECT_EQ(description.threads, 1);
  EXPECT_EQ(description.weight_bytes, 12);
  EXPECT_FALSE(description.isa.empty());
}

TEST_P(AtenTest, CheckFailsWithBothNumbersWhereEnginesDiffer) {
  const Diamond net;
  (void)Aten();
  const auto model = *(*OpenEngine("check:aten,fake"))->Prepare(net.program, {});
  const absl::Status status =
      model->Run({net.input(), net.edge()}, std::vector<Tensor>{Ramp({1, 3})}).status();
  EXPECT_EQ(status.code(), absl::StatusCode::kInternal);
  EXPECT_THAT(std::string(status.message()),
              AllOf(HasSubstr("value 'd'"), HasSubstr("aten gives -1,"), HasSubstr("fake gives ")));
}

INSTANTIATE_TEST_SUITE_P(Ways, AtenTest, ::testing::Values("aten", "aten:plain"),
                         [](const auto& test) {
                           return std::string(test.param) == "aten" ? "Optimized" : "Plain";
                         });

}  // namespace
}  // namespace tideline
