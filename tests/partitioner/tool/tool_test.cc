#include <cstdlib>
#include <string>

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <nlohmann/json.hpp>

#include "tests/partitioner/tool/call_program.h"

// The program `tideline` as a person calls it.
namespace tideline {
namespace {

using ::testing::HasSubstr;

// What it writes to stderr, in place of stdout, where that is asked for.
Called Call(const std::string& arguments, bool with_stderr = false) {
  return CallProgram(std::string(TIDELINE_PROGRAM) + " " + arguments +
                     (with_stderr ? " 2>&1 >/dev/null" : ""));
}

nlohmann::json LastLine(const std::string& text) {
  const size_t end = text.find_last_not_of('\n');
  const size_t begin = text.rfind('\n', end);
  return nlohmann::json::parse(text.substr(begin + 1, end - begin));
}

TEST(ToolTest, HelpHasExamples) {
  const Called help = Call("--help");
  EXPECT_EQ(help.exit_code, 0);
  EXPECT_THAT(help.out, HasSubstr("tideline inspect models/"));
}

TEST(ToolTest, WrongUsageIsOneLineAndExitCode2) {
  for (const std::string arguments :
       {"", "frobnicate", "check", "inspect /nonexistent", "check /nonexistent --cuts none"}) {
    const Called result = Call(arguments, /*with_stderr=*/true);
    EXPECT_EQ(result.exit_code, 2) << arguments;
    EXPECT_EQ(result.out.find("tideline: "), 0U) << result.out;
    EXPECT_EQ(result.out.find('\n'), result.out.size() - 1) << result.out;
  }
}

class ToolModelTest : public ::testing::Test {
 protected:
  void SetUp() override {
    const char* models = std::getenv("TIDELINE_TEST_MODELS");
    if (models == nullptr) {
      GTEST_SKIP() << "TIDELINE_TEST_MODELS is not set: no exported networks to look into";
    }
    models_ = models;
  }

  std::string models_;
};

TEST_F(ToolModelTest, InspectKnowsMobileNetV2) {
  const Called result = Call("inspect --json " + models_ + "/mobilenet_v2");
  ASSERT_EQ(result.exit_code, 0);
  const auto json = nlohmann::json::parse(result.out);
  EXPECT_EQ(json["parameters"], 3504872);
  EXPECT_NEAR(json["macs"].get<double>(), 300.8e6, 1e6);
  EXPECT_EQ(json["cuts"].front()["bytes_32bit"], 3 * 224 * 224 * 4);
  EXPECT_EQ(json["cuts"].back()["macs_before"], json["macs"]);
}

TEST_F(ToolModelTest, InspectPrintsTables) {
  const Called result = Call("inspect " + models_ + "/mobilenet_v2/1");
  EXPECT_THAT(result.out, HasSubstr("MACs before"));
  EXPECT_THAT(result.out, HasSubstr("<- smallest"));
}

TEST_F(ToolModelTest, CheckEndsWithOneJsonLine) {
  const Called result = Call("check --threads 1 " + models_ + "/mlp");
  EXPECT_EQ(result.exit_code, 0);
  const auto json = LastLine(result.out);
  EXPECT_EQ(json["check"], "ok");
  EXPECT_EQ(json["mismatches"], 0);
  EXPECT_EQ(json["bit_equal"], json["cuts"]);
  EXPECT_LE(json["max_error_vs_pytorch"].get<double>(), 1e-5);
  EXPECT_GE(json["sensitivity"].get<double>(), 1e-3);
}

TEST_F(ToolModelTest, AnEngineThatIsNotPyTorchFailsTheCheck) {
  const Called result = Call("check --engine fake --cuts 2 " + models_ + "/mlp");
  EXPECT_EQ(result.exit_code, 1);
  EXPECT_EQ(LastLine(result.out)["check"], "failed");
}

TEST_F(ToolModelTest, TwoEnginesAreComparedWithEachOther) {
  const Called result = Call("check --engine aten,fake --cuts 1 " + models_ + "/mlp");
  EXPECT_EQ(result.exit_code, 1);
  EXPECT_GT(LastLine(result.out)["max_error_between_engines"].get<double>(), 1e-3);
}

}  // namespace
}  // namespace tideline
