#include <atomic>
#include <filesystem>
#include <string>
#include <thread>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "common/engine/engines.h"
#include "tests/common/engine/programs.h"

// Segments of the engine "openvino" that are made ready before they run.
namespace tideline {
namespace {

using ::testing::HasSubstr;

namespace fs = std::filesystem;

std::unique_ptr<PreparedModel> Prepare(std::shared_ptr<const Program> program,
                                       EngineOptions options = {}) {
  SetEngineThreads(/*threads=*/1, /*spin=*/false);
  options.threads = 1;
  return *(*OpenEngine("openvino"))->Prepare(std::move(program), options);
}

size_t CountFiles(const fs::path& folder) {
  return static_cast<size_t>(std::distance(fs::directory_iterator(folder), {}));
}

TEST(OpenVinoReady, NothingIsCompiledAtTheFirstRunOfACutThatWasMadeReady) {
  const fs::path folder = fs::path(::testing::TempDir()) / "openvino_ready_test_cache";
  fs::remove_all(folder);
  const Diamond net;
  const auto program = std::make_shared<Program>(*net.program);
  program->identity[0] = 1;  // what has none is not cached
  const auto model = Prepare(program, {.cache_folder = folder.string(), .ready = {"a"}});
  ASSERT_TRUE(model->MakeReady(std::vector<Segment>{{net.input(), net.edge()}}).ok());
  const size_t without = CountFiles(folder);
  const Frontier cut{"b+c", {net.b, net.c}};  // neither side of it is a piece
  const std::vector<Segment> segments = {{net.input(), cut}, {cut, net.edge()}};
  ASSERT_TRUE(model->MakeReady(segments).ok());
  const size_t ready = CountFiles(folder);
  EXPECT_GT(ready, without) << "the cut's own segments were not compiled";

  const auto head = model->Run(segments[0], std::vector<Tensor>{Ramp({1, 3})});
  ASSERT_TRUE(head.ok()) << head.status();
  ASSERT_TRUE(model->Run(segments[1], *head).ok());
  EXPECT_EQ(CountFiles(folder), ready) << "a run compiled";
}

TEST(OpenVinoReady, RunsGoOnWhileAnotherSegmentIsCompiled) {
  // Compiling hundreds of operators takes far longer than running one.
  ProgramBuilder builder;
  const std::vector<Dim> dims = {kBatch, {.constant = 3}};
  const ValueId x = builder.Input("x", dims);
  const ValueId a = builder.Op("a", "aten.relu.default", {{"self", ValueRef{x}}}, dims);
  ValueId last = a;
  for (int i = 0; i < 50; ++i) {
    const ValueId sine =
        builder.Op(fmt::format("sine{}", i), "aten.sin.default", {{"self", ValueRef{last}}}, dims);
    last = builder.Op(fmt::format("sum{}", i), "aten.add.Tensor",
                      {{"self", ValueRef{sine}}, {"other", ValueRef{last}}}, dims);
  }
  const auto model = Prepare(builder.Build({last}), {.ready = {"a"}});
  const Segment head{{"input", {x}}, {"a", {a}}};
  const std::vector<Tensor> input = {Ramp({1, 3})};
  ASSERT_TRUE(model->Run(head, input).ok());

  std::atomic<bool> compiled = false;
  std::thread other([&] {
    const std::vector<Segment> tail = {{{"a", {a}}, {"edge", {last}}}};
    EXPECT_TRUE(model->MakeReady(tail).ok());
    compiled = true;
  });
  int runs = 0;
  for (; !compiled; ++runs) {
    ASSERT_TRUE(model->Run(head, input).ok());
  }
  other.join();
  EXPECT_GT(runs, 1);
}

TEST(OpenVinoReady, WhatCannotBeMadeReadyIsNamed) {
  const Diamond net;
  const auto model = Prepare(net.program);
  const std::vector<Segment> backwards = {{{"d", {net.d}}, {"a", {net.a}}}};
  const absl::Status status = model->MakeReady(backwards);
  EXPECT_EQ(status.code(), absl::StatusCode::kInvalidArgument);
  EXPECT_THAT(std::string(status.message()), HasSubstr("'d' to 'a'"));
}

}  // namespace
}  // namespace tideline
