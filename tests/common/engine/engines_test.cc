#include "common/engine/engines.h"

#include <cstdlib>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "tests/common/engine/programs.h"

namespace tideline {
namespace {

using ::testing::AllOf;
using ::testing::HasSubstr;

std::string ErrorOf(const std::string& name, absl::StatusCode code) {
  const absl::Status status = OpenEngine(name).status();
  EXPECT_EQ(status.code(), code) << status;
  return std::string(status.message());
}

class ModuleTest : public ::testing::Test {
 protected:
  void SetUp() override { ::setenv("TIDELINE_MODULE_PATH", "/nonexistent", /*overwrite=*/1); }
  void TearDown() override { ::unsetenv("TIDELINE_MODULE_PATH"); }
};

TEST_F(ModuleTest, WithoutLibTorchTheEngineIsOpenVino) { EXPECT_EQ(DefaultEngine(), "openvino"); }

TEST(EnginesTest, AnUnknownNameListsTheEngines) {
  EXPECT_THAT(ErrorOf("atan", absl::StatusCode::kNotFound),
              AllOf(HasSubstr("'atan'"), HasSubstr("fake"), HasSubstr("did you mean 'aten'")));
}

TEST_F(ModuleTest, WhatIsInstalledIsToldWithoutOpeningIt) {
  EXPECT_TRUE(CheckInstalled("fake:2ms").ok());
  EXPECT_TRUE(absl::IsNotFound(CheckInstalled("aten:bf16")));
  EXPECT_TRUE(absl::IsNotFound(CheckInstalled("atan")));
}

TEST_F(ModuleTest, AnAbsentModuleIsNamedWithWhatToDo) {
  EXPECT_THAT(ErrorOf("aten", absl::StatusCode::kNotFound),
              AllOf(HasSubstr("/nonexistent/engine_aten.so"), HasSubstr("TIDELINE_MODULE_PATH")));
}

TEST(EnginesTest, OpenVinoAloneCompiles) {
  EXPECT_TRUE(Compiles("openvino"));
  EXPECT_TRUE(Compiles("openvino:bf16"));
  EXPECT_FALSE(Compiles("aten"));
  EXPECT_FALSE(Compiles("none"));
}

TEST(EnginesTest, WrongOptionsAreRefused) {
  ErrorOf("fake:soon", absl::StatusCode::kInvalidArgument);
  ErrorOf("check:fake", absl::StatusCode::kInvalidArgument);
  for (const char* name : {"failing:", "failing:3-4", "failing:3,fake", "failing:4-3,fake",
                           "failing:-3,fake", "failing:a-b,fake"}) {
    ErrorOf(name, absl::StatusCode::kInvalidArgument);
  }
}

TEST(EnginesTest, FailingFailsInItsRunsOnly) {
  const Diamond net;
  const auto model = *(*OpenEngine("failing:2-3,fake"))->Prepare(net.program, {});
  std::vector<absl::StatusCode> codes;
  for (int run = 0; run < 4; ++run) {
    codes.push_back(
        model->Run({net.input(), net.edge()}, std::vector<Tensor>{Ramp({1, 3})}).status().code());
  }
  EXPECT_THAT(codes, ::testing::ElementsAre(absl::StatusCode::kOk, absl::StatusCode::kInternal,
                                            absl::StatusCode::kInternal, absl::StatusCode::kOk));
}

TEST(EnginesTest, CheckPassesTheResultsOfTwoEqualEngines) {
  const Diamond net;
  const auto model = *(*OpenEngine("check:fake,fake:1ms"))->Prepare(net.program, {});
  const auto outputs = model->Run({net.input(), net.edge()}, std::vector<Tensor>{Ramp({1, 3})});
  ASSERT_TRUE(outputs.ok()) << outputs.status();
  EXPECT_EQ(model->Describe().engine, "check:fake,fake:1ms");
}

TEST(EnginesTest, CheckHandsAStopOn) {
  const Diamond net;
  const auto model = *(*OpenEngine("check:fake,fake:1h"))->Prepare(net.program, {});
  std::stop_source stop;
  stop.request_stop();
  const auto outputs = model->Run({net.input(), net.edge()}, std::vector<Tensor>{Ramp({1, 3})},
                                  {.stop = stop.get_token()});
  EXPECT_EQ(outputs.status().code(), absl::StatusCode::kCancelled) << outputs.status();
}

TEST(EngineThreadsTest, WhatTheEnvironmentSaysStays) {
  ::setenv("OMP_NUM_THREADS", "3", /*overwrite=*/1);
  ::unsetenv("GOMP_SPINCOUNT");
  SetEngineThreads(/*threads=*/2, /*spin=*/false);
  EXPECT_STREQ(std::getenv("OMP_NUM_THREADS"), "3");
  EXPECT_STREQ(std::getenv("GOMP_SPINCOUNT"), "900");
}

}  // namespace
}  // namespace tideline
