#include <cmath>
#include <cstdlib>
#include <filesystem>
#include <string>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "common/engine/engines.h"
#include "common/program/load.h"
#include "common/tensor/npy.h"
#include "tests/common/engine/programs.h"

// The engine "openvino" on networks with operators that OpenVINO lacks: "aten" runs those.
namespace tideline {
namespace {

using ::testing::ElementsAre;
using ::testing::HasSubstr;

namespace fs = std::filesystem;

std::unique_ptr<PreparedModel> Prepare(std::shared_ptr<const Program> program,
                                       EngineOptions options = {}) {
  SetEngineThreads(/*threads=*/1, /*spin=*/false);
  options.threads = 1;
  return *(*OpenEngine("openvino"))->Prepare(std::move(program), options);
}

// x -> a = relu -> b = exp2 -> c = neg, all [batch, 3].
struct Powers {
  ValueId x, a, b, c;
  std::shared_ptr<const Program> program;

  Powers() {
    ProgramBuilder builder;
    const std::vector<Dim> dims = {kBatch, {.constant = 3}};
    x = builder.Input("x", dims);
    a = builder.Op("a", "aten.relu.default", {{"self", ValueRef{x}}}, dims);
    b = builder.Op("b", "aten.exp2.default", {{"self", ValueRef{a}}}, dims);
    c = builder.Op("c", "aten.neg.default", {{"self", ValueRef{b}}}, dims);
    program = builder.Build({c});
  }

  Segment whole() const { return {{"input", {x}}, {"edge", {c}}}; }
};

// Modules are looked up in a folder that has openvino's alone.
class OpenVinoAlone {
 public:
  OpenVinoAlone() {
    const fs::path all = fs::read_symlink("/proc/self/exe").parent_path().parent_path();
    fs::remove_all(folder_);
    fs::create_directories(folder_);
    fs::create_symlink(all / "lib" / "tideline" / "engine_openvino.so",
                       folder_ / "engine_openvino.so");
    ::setenv("TIDELINE_MODULE_PATH", folder_.c_str(), /*overwrite=*/1);
  }
  ~OpenVinoAlone() { ::unsetenv("TIDELINE_MODULE_PATH"); }

 private:
  const fs::path folder_ = fs::path(::testing::TempDir()) / "openvino_alone";
};

TEST(OpenVinoFallback, AtenRunsWhatOpenVinoLacks) {
  const Powers net;
  const auto model = Prepare(net.program);
  EXPECT_EQ(model->Describe().engine, "openvino+aten");
  EXPECT_THAT(model->Describe().unsupported, ElementsAre("aten.exp2.default"));
  EXPECT_THAT(model->Describe().unsupported_nodes, ElementsAre(1));
  EXPECT_THAT(model->Describe().ready, ElementsAre("a", "b"));

  ASSERT_TRUE(model->MakeReady(std::vector<Segment>{net.whole()}).ok());
  const auto outputs = model->Run(net.whole(), std::vector<Tensor>{Ramp({2, 3}, /*first=*/-0.5F)});
  ASSERT_TRUE(outputs.ok()) << outputs.status();
  const std::vector<float> made = Elements((*outputs)[0]);
  ASSERT_EQ(made.size(), 6U);
  for (size_t i = 0; i < made.size(); ++i) {
    EXPECT_FLOAT_EQ(made[i], -std::exp2(std::max(-0.5F + 0.25F * static_cast<float>(i), 0.F)));
  }
}

TEST(OpenVinoFallback, AStopEndsBoth) {
  const Powers net;
  std::stop_source stop;
  stop.request_stop();
  const auto outputs =
      Prepare(net.program)
          ->Run(net.whole(), std::vector<Tensor>{Ramp({2, 3})}, {.stop = stop.get_token()});
  EXPECT_EQ(outputs.status().code(), absl::StatusCode::kCancelled) << outputs.status();
}

TEST(OpenVinoFallback, NodesOfBothAreTimed) {
  const Powers net;
  const std::vector<Tensor> inputs = {Ramp({1, 3})};
  const auto times = Prepare(net.program)->TimeNodes(net.whole(), inputs, /*runs=*/3);
  ASSERT_TRUE(times.ok()) << times.status();
  ASSERT_EQ(times->size(), 3U);
  EXPECT_GT((*times)[1], 0) << "aten's";
}

TEST(OpenVinoFallback, ShapesThatDoNotFitAreRefused) {
  const Powers net;
  const auto status =
      Prepare(net.program)->Run(net.whole(), std::vector<Tensor>{Ramp({1, 4})}).status();
  EXPECT_EQ(status.code(), absl::StatusCode::kInvalidArgument);
}

TEST(OpenVinoFallback, WhereAtenIsAbsentTheOperatorIsNamed) {
  const OpenVinoAlone alone;
  const Powers net;
  const auto model = Prepare(net.program);
  EXPECT_EQ(model->Describe().engine, "openvino");
  const std::vector<Tensor> input = {Ramp({1, 3})};
  EXPECT_TRUE(model->Run({{"input", {net.x}}, {"a", {net.a}}}, input).ok());
  const absl::Status status = model->Run(net.whole(), input).status();
  EXPECT_EQ(status.code(), absl::StatusCode::kUnimplemented);
  EXPECT_THAT(std::string(status.message()), HasSubstr("aten.exp2.default"));
}

TEST(OpenVinoFallback, AnExportedNetworkGivesWhatPyTorchGivesAtEveryCut) {
  const char* models = std::getenv("TIDELINE_TEST_MODELS");
  if (models == nullptr) {
    GTEST_SKIP() << "TIDELINE_TEST_MODELS is not set: no exported networks to run";
  }
  const std::string folder = std::string(models) + "/rare/1/";
  const auto program = LoadProgram(folder + "model.pt2");
  ASSERT_TRUE(program.ok()) << program.status();
  const auto arrays = *ReadNpz(folder + "reference.npz");
  const Tensor expected = arrays.at("a_output0");
  const auto model = Prepare(*program);
  ASSERT_FALSE(model->Describe().unsupported.empty());
  EXPECT_EQ(model->Describe().engine, "openvino+aten");

  constexpr double kTolerance = 2e-5;  // of the largest output
  const FrontierTable table(**program);
  ASSERT_FALSE(table.single().empty());
  for (const Frontier& cut : table.single()) {
    const auto head = model->Run({table.input(), cut}, std::vector<Tensor>{arrays.at("a_input0")});
    ASSERT_TRUE(head.ok()) << cut.name << ": " << head.status();
    const auto outputs = model->Run({cut, table.edge()}, *head);
    ASSERT_TRUE(outputs.ok()) << cut.name << ": " << outputs.status();
    EXPECT_LE(*RelativeError((*outputs)[0], expected), kTolerance) << cut.name;
  }
}

}  // namespace
}  // namespace tideline
