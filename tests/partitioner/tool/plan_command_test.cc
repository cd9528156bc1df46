#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <sstream>
#include <string>
#include <utility>

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <nlohmann/json.hpp>

#include "common/model/repository.h"
#include "common/program/frontier.h"
#include "common/program/load.h"
#include "partitioner/planner/partition_file.h"
#include "partitioner/planner/profile.h"
#include "tests/partitioner/report/well_formed.h"
#include "tests/partitioner/tool/call_program.h"

// `tideline plan` as a person calls it, on a real network with profiles that are made up.
namespace tideline {
namespace {

using ::testing::HasSubstr;
using ::testing::StartsWith;

struct Result : Called {
  std::string error;  // stderr
};

std::string ReadAll(const std::string& path) {
  std::stringstream text;
  text << std::ifstream(path).rdbuf();
  return text.str();
}

class PlanTest : public ::testing::Test {
 protected:
  void SetUp() override {
    const char* models = std::getenv("TIDELINE_TEST_MODELS");
    if (models == nullptr) {
      GTEST_SKIP() << "TIDELINE_TEST_MODELS is not set: no exported networks to plan";
    }
    folder_ =
        std::filesystem::path(::testing::TempDir()) /
        ("plan_" + std::string(::testing::UnitTest::GetInstance()->current_test_info()->name()));
    std::filesystem::remove_all(folder_);
    // A copy without a calibration, whatever was done to the original.
    const std::string name = "mobilenet_v2";
    std::filesystem::create_directories(folder_ / name);
    const ModelFiles files = *FindModel(std::string(models) + "/" + name);
    model_ = (folder_ / name / "1").string();
    std::filesystem::create_directories(model_);
    for (const char* file : {kProgramFile, kModelInfoFile}) {
      std::filesystem::create_symlink(std::filesystem::absolute(files.Path(file)),
                                      std::filesystem::path(model_) / file);
    }
    const auto program = *LoadProgram(files.program);
    const FrontierTable table(*program);
    profile_.device = "board";
    profile_.cpu = "made up";
    profile_.governor = "performance";
    profile_.model = {name, ToHex(program->identity), kFrontierRule, ToHex(table.hash())};
    EngineProfile engine{.engine = "aten", .precision = "f32", .memory_bytes = 80 << 20};
    engine.groups_ns.assign(table.groups().size(), 1e6);
    const double whole = 1e6 * static_cast<double>(table.groups().size());
    engine.whole_ns = {whole, 0.9 * whole, 1.2 * whole};
    profile_.engines = {engine};
    Write("edge.json", FormatProfile(profile_));
    Profile cloud = profile_;
    cloud.engines[0].whole_ns = {whole / 10, whole / 11, whole / 9};
    Write("cloud.json", FormatProfile(cloud));
  }

  std::string Path(const std::string& name) const { return (folder_ / name).string(); }
  void Write(const std::string& name, const std::string& text) const {
    std::ofstream(Path(name)) << text;
  }

  Result Plan(const std::string& more, const std::string& link = "--link wifi --rtt 5ms") const {
    const std::string command =
        fmt::format("{} plan {} --edge {} --cloud {} {} {} 2>{}", TIDELINE_PROGRAM, model_,
                    Path("edge.json"), Path("cloud.json"), link, more, Path("stderr"));
    Called called = CallProgram(command);
    return {std::move(called), ReadAll(Path("stderr"))};
  }

  // One line on stderr and nothing on stdout.
  void ExpectError(const Result& result, int exit_code, const std::string& text) {
    EXPECT_EQ(result.exit_code, exit_code) << result.error;
    EXPECT_EQ(result.out, "");
    EXPECT_THAT(result.error, StartsWith("tideline: "));
    EXPECT_THAT(result.error, HasSubstr(text));
    EXPECT_EQ(result.error.find('\n'), result.error.size() - 1) << result.error;
  }

  std::filesystem::path folder_;
  std::string model_;
  Profile profile_;
};

TEST_F(PlanTest, TheTableTheReportAndThePartitionFileAgree) {
  const Result result = Plan(
      "--no-send-input --min-depth 1 --deadline 250ms --sweep "
      "bandwidth=0.1..100Mbps --what-if cloud.speed=2x --out " +
      Path("partition.yaml") + " --html " + Path("plan.html"));
  ASSERT_EQ(result.exit_code, 0) << result.error;
  EXPECT_THAT(result.out, HasSubstr("Why the others come later"));
  EXPECT_THAT(result.out, HasSubstr("Over the uplink's rate"));
  EXPECT_THAT(result.out, HasSubstr("cloud.speed=2x"));
  EXPECT_THAT(result.error, HasSubstr("tideline calibrate"));

  const auto partition = ParsePartition(ReadAll(Path("partition.yaml")), "partition.yaml");
  ASSERT_TRUE(partition.ok()) << partition.status();
  EXPECT_FALSE(partition->config.IsPlanned());
  EXPECT_THAT(result.out, HasSubstr("Best: " + partition->config.cut + " "));
  const std::string html = ReadAll(Path("plan.html"));
  EXPECT_EQ(WhatIsMalformed(html), "");
  EXPECT_THAT(html, HasSubstr("Cut at <b>" + partition->config.cut + "</b>"));
}

TEST_F(PlanTest, JsonIsOneDocument) {
  const Result result = Plan("--json");
  ASSERT_EQ(result.exit_code, 0) << result.error;
  const auto json = nlohmann::json::parse(result.out);
  EXPECT_EQ(json["best"], json["ranked"][0]);
  EXPECT_EQ(json["warnings"].size(), 1);
}

TEST_F(PlanTest, TheCalibrationOfTheModelIsUsed) {
  std::filesystem::create_directories(folder_ / "mobilenet_v2/1/codec");
  const std::string calibration = "mobilenet_v2/1/codec/calibration.json";
  const std::string text = fmt::format(
      R"({{"format": 1, "model": "mobilenet_v2", "sha256": "{}", "samples": 9, "records": [
           {{"cut": "features.3", "codec": "int4/dense", "bytes_mean": 300, "bytes_p95": 350,
             "encode_ns": 1e5, "decode_ns": 1e5, "accuracy_drop": 0.001, "agreement": 1}}]}})",
      profile_.model.sha256);
  Write(calibration, text);
  const Result result = Plan("--json");
  ASSERT_EQ(result.exit_code, 0) << result.error;
  const auto json = nlohmann::json::parse(result.out);
  EXPECT_EQ(json["best"]["cut"], "features.3");
  EXPECT_EQ(json["best"]["codec"], "int4/dense");
  EXPECT_TRUE(json["warnings"].empty());

  std::string other = text;
  Write(calibration, other.replace(other.find(profile_.model.sha256), 4, "0000"));
  ExpectError(Plan(""), 1, "run tideline calibrate on this model");
}

TEST_F(PlanTest, ACutCanBeGiven) {
  const Result result = Plan("--cut features.8 --out " + Path("partition.yaml"));
  ASSERT_EQ(result.exit_code, 0) << result.error;
  EXPECT_EQ(ParsePartition(ReadAll(Path("partition.yaml")), "p")->config.cut, "features.8");
  ExpectError(Plan("--cut featurs.8"), 2, "did you mean 'features.8'?");
}

TEST_F(PlanTest, ATargetThatNothingMeetsShowsTheLeastBadAndFails) {
  const Result result =
      Plan("--latency-p99 1ms --html " + Path("plan.html") + " --out " + Path("partition.yaml"));
  EXPECT_EQ(result.exit_code, 1);
  EXPECT_THAT(result.out, HasSubstr("Least bad: "));
  EXPECT_THAT(result.error, HasSubstr("no plan meets the targets; at best latency_p99 is "));
  EXPECT_THAT(result.error, HasSubstr("too much"));
  EXPECT_FALSE(std::filesystem::exists(Path("partition.yaml")));
  EXPECT_THAT(ReadAll(Path("plan.html")), HasSubstr("No plan meets every target"));
}

TEST_F(PlanTest, AProfileOfAnotherModelOrVersionIsRefused) {
  Profile other = profile_;
  other.model.sha256 = std::string(64, 'a');
  other.model.name = "other";
  Write("edge.json", FormatProfile(other));
  ExpectError(Plan(""), 1, "edge.json: the profile of 'board' is of model other");
  other = profile_;
  other.model.frontier_rule = 99;
  Write("edge.json", FormatProfile(other));
  ExpectError(Plan(""), 1, "names cuts by rule 99");
  std::string text = FormatProfile(profile_);
  Write("edge.json", text.replace(text.find("\"version\": 1"), 12, "\"version\": 7"));
  ExpectError(Plan(""), 1, "it has version 7, this release reads 1");
}

TEST_F(PlanTest, MissingSegmentsAndTimesThatCannotBeAreRefused) {
  Profile other = profile_;
  other.engines[0].groups_ns.clear();
  Write("edge.json", FormatProfile(other));
  ExpectError(Plan(""), 1, "has no times for cut");
  other = profile_;
  other.engines[0].groups_ns.pop_back();
  Write("edge.json", FormatProfile(other));
  ExpectError(Plan(""), 1, "the profile has counters of");
  other = profile_;
  other.engines[0].whole_ns = {0, 0, 0};
  Write("edge.json", FormatProfile(other));
  ExpectError(Plan(""), 2, "'whole_ns' is [0, 0, 0] ns");
  Write("edge.json", "{");
  ExpectError(Plan(""), 1, "edge.json: not JSON");
  std::filesystem::remove(Path("edge.json"));
  ExpectError(Plan(""), 2, "edge.json");
}

TEST_F(PlanTest, WrongOptionsAreUsageErrors) {
  ExpectError(Plan("", "--link wify"), 2, "did you mean 'wifi'?");
  ExpectError(Plan("--uplink 0Mbps"), 2, "--uplink: the value 0 is not above 0");
  ExpectError(Plan("--objective speed"), 2, "--objective: 'speed' is not one of");
  ExpectError(Plan("--what-if gpu=2x"), 2, "--what-if: 'gpu' cannot be changed");
  ExpectError(Plan("--min-depth -1"), 2, "--min-depth");
  ExpectError(Plan("--frobnicate"), 2, "--frobnicate");
  ExpectError(Plan("--objective energy"), 1, "declare the watts when profiling");
  ExpectError(Plan("--edge-engines tpu"), 1, "none of the engines that may be used");
}

}  // namespace
}  // namespace tideline
