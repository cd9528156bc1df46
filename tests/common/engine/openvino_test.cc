#include <algorithm>
#include <cstdlib>
#include <filesystem>
#include <stop_token>
#include <thread>

#include "absl/time/clock.h"
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "common/engine/engines.h"
#include "tests/common/engine/programs.h"
#include "tests/common/program/pt2_builder.h"

// The engine "openvino" on networks built by hand: segments, devices, limits, the cache.
namespace tideline {
namespace {

using ::testing::AllOf;
using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::IsEmpty;

namespace fs = std::filesystem;

class OpenVinoTest : public ::testing::Test {
 protected:
  static absl::StatusOr<std::unique_ptr<PreparedModel>> Prepare(
      std::shared_ptr<const Program> program, EngineOptions options = {}) {
    SetEngineThreads(/*threads=*/1, /*spin=*/false);
    const auto engine = OpenEngine("openvino");
    if (!engine.ok()) {
      return engine.status();
    }
    options.threads = 1;
    return (*engine)->Prepare(std::move(program), options);
  }

  static Segment Whole(const Program& program) {
    return {{"input", program.inputs}, {"edge", program.outputs}};
  }

  static absl::StatusOr<std::vector<Tensor>> RunWhole(PreparedModel& model, const Program& program,
                                                      const Tensor& input) {
    return model.Run(Whole(program), std::vector<Tensor>{input});
  }

  // A folder that is empty at the start of the test.
  static fs::path EmptyFolder() {
    const fs::path folder = fs::path(::testing::TempDir()) / "openvino_test_cache";
    fs::remove_all(folder);
    return folder;
  }
  static std::vector<fs::path> FilesIn(const fs::path& folder) {
    std::vector<fs::path> files;
    for (const auto& entry : fs::directory_iterator(folder)) {
      files.push_back(entry.path());
    }
    return files;
  }
};

TEST_F(OpenVinoTest, ComputesADiamondAtEveryCutAndLeavesTheFrontierUnharmed) {
  const Diamond net;
  const auto model = *Prepare(net.program);
  const std::vector<Tensor> input = {Ramp({2, 3}, /*first=*/-0.5F)};
  const std::vector<Frontier> cuts = {
      {"a", {net.a}}, {"a+b", {net.a, net.b}}, {"a+c", {net.a, net.c}}, {"b+c", {net.b, net.c}}};
  for (const Frontier& cut : cuts) {
    const auto head = model->Run({net.input(), cut}, input);
    ASSERT_TRUE(head.ok()) << cut.name << ": " << head.status();
    const std::vector<float> frontier = Elements((*head)[0]);
    const auto tail = model->Run({cut, net.edge()}, *head);
    ASSERT_TRUE(tail.ok()) << cut.name << ": " << tail.status();
    EXPECT_THAT(Elements((*tail)[0]), ElementsAre(0, 0, 0, -0.3125, -0.875, -1.6875)) << cut.name;
    EXPECT_EQ(Elements((*head)[0]), frontier) << cut.name;
  }
}

// x → a chain of `layers` convolutions, each of which takes a while.
std::shared_ptr<const Program> LongChain(int layers) {
  ProgramBuilder builder;
  const std::vector<Dim> dims = {kBatch, {.constant = 64}, {.constant = 64}, {.constant = 64}};
  Tensor weights = *Tensor::Allocate(DType::kFloat32, {64, 64, 3, 3});
  std::fill_n(reinterpret_cast<float*>(weights.mutable_data()), weights.numel(), 0.001F);
  ValueId value = builder.Input("x", dims);
  for (int i = 0; i < layers; ++i) {
    const std::string name = "conv" + std::to_string(i);
    const ValueId weight = builder.Constant(name + ".weight", weights);
    value = builder.Op(name, "aten.conv2d.default",
                       {{"input", ValueRef{value}},
                        {"weight", ValueRef{weight}},
                        {"bias", None{}},
                        {"stride", std::vector<int64_t>{1, 1}},
                        {"padding", std::vector<int64_t>{1, 1}}},
                       dims);
  }
  return builder.Build({value});
}

TEST_F(OpenVinoTest, AStoppedRunEndsAndTheNextOneIsWhole) {
  const auto program = LongChain(/*layers=*/12);
  const auto model = *Prepare(program);
  const Tensor input = Ramp({1, 64, 64, 64});
  const auto before = RunWhole(*model, *program, input);
  ASSERT_TRUE(before.ok()) << before.status();
  // One that is stopped before it begins, and some that are stopped anywhere.
  for (int turn = 0; turn < 20; ++turn) {
    std::stop_source stop;
    std::thread stopper([&, turn] {
      absl::SleepFor(absl::Milliseconds(turn));
      stop.request_stop();
    });
    if (turn == 0) {
      stopper.join();
    }
    const auto stopped =
        model->Run(Whole(*program), std::vector<Tensor>{input}, {.stop = stop.get_token()});
    if (turn > 0) {
      stopper.join();
    }
    EXPECT_TRUE(stopped.ok() ? turn > 0 : absl::IsCancelled(stopped.status())) << stopped.status();
  }
  const auto after = RunWhole(*model, *program, input);
  ASSERT_TRUE(after.ok()) << after.status();
  EXPECT_TRUE(BitEqual((*after)[0], (*before)[0]));
}

TEST_F(OpenVinoTest, ValuesPassThroughASegmentThatDoesNotMakeThem) {
  const Diamond net;
  const auto model = *Prepare(net.program);
  const std::vector<Tensor> a = {Ramp({1, 3})};
  const auto both = model->Run({{"a", {net.a}}, {"a+b", {net.a, net.b}}}, a);
  ASSERT_TRUE(both.ok()) << both.status();
  EXPECT_TRUE(BitEqual((*both)[0], a[0]));
  EXPECT_THAT(Elements((*both)[1]), ElementsAre(0, -0.25, -0.5));
}

TEST_F(OpenVinoTest, ResultsThatAreCopiesOrConstantsAreRight) {
  ProgramBuilder builder;
  const std::vector<Dim> dims = {kBatch, {.constant = 3}};
  const ValueId x = builder.Input("x", dims);
  const ValueId y = builder.Input("y", dims);
  const ValueId w = builder.Constant("w", Ramp({3}, /*first=*/1));
  const ValueId a = builder.Op("a", "aten.clone.default", {{"self", ValueRef{x}}}, dims);
  const ValueId b = builder.Op("b", "aten.relu.default", {{"self", ValueRef{y}}}, dims);
  const ValueId c = builder.Op("c", "aten.detach.default", {{"self", ValueRef{b}}}, dims);
  const ValueId d = builder.Op("d", "aten.neg.default", {{"self", ValueRef{w}}}, {{.constant = 3}});
  const auto program = builder.Build({a, b, c, b, w, d});
  const auto model = *Prepare(program);
  const auto outputs = model->Run(
      Whole(*program), std::vector<Tensor>{Ramp({1, 3}), Ramp({1, 3}, /*first=*/-0.25F)});
  ASSERT_TRUE(outputs.ok()) << outputs.status();
  EXPECT_THAT(Elements((*outputs)[0]), ElementsAre(0, 0.25, 0.5));
  for (const size_t copy : {1, 2, 3}) {
    EXPECT_THAT(Elements((*outputs)[copy]), ElementsAre(0, 0, 0.25)) << copy;
  }
  EXPECT_THAT(Elements((*outputs)[4]), ElementsAre(1, 1.25, 1.5));
  EXPECT_THAT(Elements((*outputs)[5]), ElementsAre(-1, -1.25, -1.5));
}

TEST_F(OpenVinoTest, AHeldResultIsNotOverwritten) {
  const Diamond net;
  const auto model = *Prepare(net.program);
  const std::vector<Tensor> first = *RunWhole(*model, *net.program, Ramp({1, 3}));
  const std::vector<float> before = Elements(first[0]);
  const std::vector<Tensor> second = *RunWhole(*model, *net.program, Ramp({1, 3}, /*first=*/5));
  EXPECT_EQ(Elements(first[0]), before);
  EXPECT_NE(Elements(second[0]), before);
}

TEST_F(OpenVinoTest, NothingIsKeptBetweenRuns) {
  const Diamond net;
  const auto model = *Prepare(net.program);
  Tensor input = Ramp({1, 3});
  const std::weak_ptr<const void> memory = input.owner();
  ASSERT_TRUE(RunWhole(*model, *net.program, input).ok());
  input = Tensor();
  EXPECT_TRUE(memory.expired());
}

TEST_F(OpenVinoTest, AResultOutlivesModelAndProgram) {
  std::vector<Tensor> outputs;
  {
    const Diamond net;
    const auto model = *Prepare(net.program);
    outputs = *RunWhole(*model, *net.program, Ramp({1, 3}));
  }
  EXPECT_THAT(Elements(outputs[0]), ElementsAre(0, -0.375, -1));
}

TEST_F(OpenVinoTest, StridedInputsAreReadInTheirOrder) {
  const Diamond net;
  const auto model = *Prepare(net.program);
  const Tensor dense = Ramp({3, 2});
  const Tensor strided = Tensor::View(DType::kFloat32, {2, 3}, {1, 2}, dense.data(), dense.owner());
  const auto from_strided = *RunWhole(*model, *net.program, strided);
  const auto from_dense = *RunWhole(*model, *net.program, *Contiguous(strided));
  EXPECT_TRUE(BitEqual(from_strided[0], from_dense[0]));
}

TEST_F(OpenVinoTest, AnyBatchRuns) {
  const Diamond net;
  const auto model = *Prepare(net.program);
  for (const int64_t batch : {1, 5, 2, 1}) {
    EXPECT_EQ((*RunWhole(*model, *net.program, Ramp({batch, 3})))[0].shape(), Shape({batch, 3}));
  }
}

TEST_F(OpenVinoTest, ShapesThatDoNotFitAreRefused) {
  const Diamond net;
  const auto model = *Prepare(net.program);
  const auto status = RunWhole(*model, *net.program, Ramp({1, 4})).status();
  EXPECT_EQ(status.code(), absl::StatusCode::kInvalidArgument);
}

TEST_F(OpenVinoTest, ASegmentThatIsRunOftenGivesTheSame) {
  const Diamond net;
  const auto model = *Prepare(net.program, {.ready = {"a"}});
  const Tensor input = Ramp({1, 3});
  const std::vector<Tensor> first = *RunWhole(*model, *net.program, input);
  for (int i = 0; i < 200; ++i) {
    ASSERT_TRUE(BitEqual((*RunWhole(*model, *net.program, input))[0], first[0])) << "run " << i;
  }
}

TEST_F(OpenVinoTest, AnAbsentDeviceIsRefusedWithThoseThatArePresent) {
  for (const std::string device : {"GPU.7", "HETERO:GPU.7,CPU", "TPU", "AUTO:TPU"}) {
    const absl::Status status = Prepare(Diamond().program, {.device = device}).status();
    EXPECT_EQ(status.code(), absl::StatusCode::kNotFound) << device << ": " << status;
    EXPECT_THAT(std::string(status.message()), HasSubstr("there is CPU")) << device;
  }
}

TEST_F(OpenVinoTest, CombinedDevicesRun) {
  const Diamond net;
  for (const std::string device : {"HETERO:CPU", "AUTO:CPU"}) {
    const auto model = Prepare(net.program, {.device = device});
    ASSERT_TRUE(model.ok()) << device << ": " << model.status();
    const auto outputs = RunWhole(**model, *net.program, Ramp({1, 3}));
    ASSERT_TRUE(outputs.ok()) << device << ": " << outputs.status();
    EXPECT_THAT(Elements((*outputs)[0]), ElementsAre(0, -0.375, -1)) << device;
  }
}

TEST_F(OpenVinoTest, APrecisionIsUsedWhereTheDeviceHasItAndRefusedWhereNot) {
  const auto model = Prepare(Diamond().program, {.precision = Precision::kBFloat16});
  if (model.ok()) {
    EXPECT_EQ((*model)->Describe().precision, "bfloat16");
  } else {
    EXPECT_EQ(model.status().code(), absl::StatusCode::kUnimplemented);
    EXPECT_THAT(std::string(model.status().message()), AllOf(HasSubstr("bf16"), HasSubstr("FP32")));
  }
}

TEST_F(OpenVinoTest, WhatOpenVinoLacksIsNamedAndTheRestRuns) {
  ProgramBuilder builder;
  const std::vector<Dim> dims = {kBatch, {.constant = 3}};
  const ValueId x = builder.Input("x", dims);
  const ValueId a = builder.Op("a", "aten.relu.default", {{"self", ValueRef{x}}}, dims);
  const ValueId b = builder.Op("b", "aten.frobnicate.default", {{"self", ValueRef{a}}}, dims);
  const ValueId c = builder.Op("c", "my.own.default", {{"self", ValueRef{b}}}, dims);
  const ValueId d = builder.Op("d", "my.own.default", {{"self", ValueRef{c}}}, dims);
  const ValueId e = builder.Op("e", "aten.neg.default", {{"self", ValueRef{d}}}, dims);
  const auto program = builder.Build({e});
  const auto model = Prepare(program);
  ASSERT_TRUE(model.ok()) << model.status();
  EXPECT_THAT((*model)->Describe().unsupported,
              ElementsAre("aten.frobnicate.default", "my.own.default (2 times)"));

  const std::vector<Tensor> input = {Ramp({1, 3}, /*first=*/-0.25F)};
  EXPECT_TRUE((*model)->Run({{"input", {x}}, {"a", {a}}}, input).ok());
  EXPECT_TRUE((*model)->Run({{"d", {d}}, {"edge", {e}}}, input).ok());
  const absl::Status status = (*model)->Run({{"a", {a}}, {"b", {b}}}, input).status();
  EXPECT_EQ(status.code(), absl::StatusCode::kUnimplemented);
  EXPECT_THAT(std::string(status.message()),
              AllOf(HasSubstr("'a' to 'b'"), HasSubstr("aten.frobnicate.default"),
                    ::testing::Not(HasSubstr("my.own"))));
}

TEST_F(OpenVinoTest, DescribesItself) {
  const EngineDescription description = (*Prepare(Diamond().program, {.ready = {"a"}}))->Describe();
  EXPECT_EQ(description.engine, "openvino");
  EXPECT_EQ(description.device, "CPU");
  EXPECT_EQ(description.precision, "float32");
  EXPECT_EQ(description.threads, 1);
  EXPECT_EQ(description.weight_bytes, 12);
  EXPECT_THAT(description.unsupported, IsEmpty());
  EXPECT_THAT(description.ready, ElementsAre("a"));
}

TEST_F(OpenVinoTest, AFrontierThatCannotBeKeptReadyIsRefused) {
  EXPECT_EQ(Prepare(Diamond().program, {.ready = {"q"}}).status().code(),
            absl::StatusCode::kNotFound);
}

// By the engine's own estimate: x to a 24 bytes, a to d 36, the whole 36.
TEST_F(OpenVinoTest, ALimitThatASegmentDoesNotFitIsAnErrorAndTheModelLives) {
  const Diamond net;
  const auto model = *Prepare(net.program, {.memory_limit = 35, .ready = {"a"}});
  const absl::Status status = RunWhole(*model, *net.program, Ramp({1, 3})).status();
  EXPECT_EQ(status.code(), absl::StatusCode::kResourceExhausted);
  EXPECT_THAT(std::string(status.message()), AllOf(HasSubstr("limit is 35"), HasSubstr("'edge'")));
  EXPECT_TRUE(model->Run({net.input(), {"a", {net.a}}}, std::vector<Tensor>{Ramp({1, 3})}).ok());
}

TEST_F(OpenVinoTest, PiecesThatDoNotFitTogetherAreCompiledAsOne) {
  const Diamond net;
  const auto model = *Prepare(net.program, {.memory_limit = 36, .ready = {"a"}});
  const auto outputs = RunWhole(*model, *net.program, Ramp({1, 3}));
  ASSERT_TRUE(outputs.ok()) << outputs.status();
  EXPECT_THAT(Elements((*outputs)[0]), ElementsAre(0, -0.375, -1));
}

TEST_F(OpenVinoTest, TheCacheIsFilledAndReused) {
  const fs::path folder = EmptyFolder();
  const auto program = *SmallNetwork().Load();
  const Tensor input = Ramp({1, 3, 8, 8});
  std::vector<Tensor> first;
  {
    const auto model = *Prepare(program, {.cache_folder = folder});
    first = *RunWhole(*model, *program, input);
  }
  const std::vector<fs::path> files = FilesIn(folder);
  ASSERT_FALSE(files.empty());
  const auto long_ago = fs::file_time_type::clock::now() - std::chrono::hours(1);
  for (const fs::path& file : files) {
    fs::last_write_time(file, long_ago);
  }
  const auto model = *Prepare(program, {.cache_folder = folder});
  EXPECT_TRUE(BitEqual((*RunWhole(*model, *program, input))[0], first[0]));
  for (const fs::path& file : FilesIn(folder)) {
    EXPECT_GT(fs::last_write_time(file), long_ago) << file << " was not used";
  }
  EXPECT_EQ(FilesIn(folder).size(), files.size());
}

TEST_F(OpenVinoTest, AnEntryThatOpenVinoCannotReadIsCompiledAgain) {
  const fs::path folder = EmptyFolder();
  const auto program = *SmallNetwork().Load();
  const Tensor input = Ramp({1, 3, 8, 8});
  const std::vector<Tensor> first =
      *RunWhole(**Prepare(program, {.cache_folder = folder}), *program, input);
  for (const fs::path& file : FilesIn(folder)) {
    fs::resize_file(file, fs::file_size(file) / 2);
  }
  const auto model = *Prepare(program, {.cache_folder = folder});
  EXPECT_TRUE(BitEqual((*RunWhole(*model, *program, input))[0], first[0]));
}

TEST_F(OpenVinoTest, TheCacheStaysUnderItsLimit) {
  const fs::path folder = EmptyFolder();
  const auto program = *SmallNetwork().Load();
  constexpr uint64_t kLimit = 40'000;
  {
    const auto model = *Prepare(program, {.cache_folder = folder, .cache_limit = kLimit});
    for (int64_t batch = 1; batch <= 8; ++batch) {
      ASSERT_TRUE(RunWhole(*model, *program, Ramp({batch, 3, 8, 8})).ok());
    }
  }
  uint64_t bytes = 0;
  for (const fs::path& file : FilesIn(folder)) {
    bytes += fs::file_size(file);
  }
  EXPECT_GT(bytes, 0U);
  EXPECT_LE(bytes, kLimit);
}

}  // namespace
}  // namespace tideline
