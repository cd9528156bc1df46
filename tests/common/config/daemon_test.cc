#include "common/config/daemon.h"

#include <cstdlib>
#include <fstream>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace tideline {
namespace {

using ::testing::HasSubstr;
using ::testing::Not;

struct Sample : DaemonConfig {
  Sample() { id = "sample"; }
  bool loop = false;
  std::string token;
};

const FieldList<Sample>& Fields() {
  static const auto& fields = *[] {
    auto* list = new FieldList<Sample>;
    AddDaemonFields(*list);
    list->Add("loop", "again and again", &Sample::loop);
    list->Add("token", "what to be asked with", &Sample::token).Secret();
    return list;
  }();
  return fields;
}

struct Outcome {
  DaemonStart<Sample> start;
  std::string out;
  std::string err;
};

class DaemonTest : public ::testing::Test {
 protected:
  ~DaemonTest() override {
    std::remove(file_.c_str());
    ConfigureLog({});
  }

  void WriteConfig(const std::string& text) const { std::ofstream(file_) << text; }

  static Outcome Start(std::vector<std::string> arguments) {
    std::vector<const char*> argv = {"sample"};
    for (const std::string& argument : arguments) {
      argv.push_back(argument.c_str());
    }
    Outcome outcome;
    ::testing::internal::CaptureStdout();
    ::testing::internal::CaptureStderr();
    outcome.start = StartDaemon({.name = "sample", .description = "A sample."}, Fields(),
                                static_cast<int>(argv.size()), argv.data());
    std::fflush(stdout);
    outcome.out = ::testing::internal::GetCapturedStdout();
    outcome.err = ::testing::internal::GetCapturedStderr();
    return outcome;
  }

  const std::string file_ = ::testing::TempDir() + "daemon_test.yaml";
};

TEST_F(DaemonTest, FlagsOverrideTheFile) {
  WriteConfig("model_repository: /models\nid: file\nlog: {level: error}\n");
  const Outcome outcome = Start({"--config", file_, "--id=flag", "--exit-timeout-secs", "5"});
  ASSERT_TRUE(outcome.start.loaded) << outcome.err;
  EXPECT_EQ(outcome.start.loaded->config.id, "flag");
  EXPECT_EQ(outcome.start.loaded->config.model_repository, "/models");
  EXPECT_EQ(outcome.start.loaded->config.log.level, LogLevel::kError);
  EXPECT_EQ(outcome.start.loaded->config.exit_timeout, absl::Seconds(5));
  EXPECT_FALSE(outcome.start.check_only);
}

TEST_F(DaemonTest, TheEnvironmentIsBetween) {
  WriteConfig("model_repository: /models\nid: file\n");
  ::setenv("TIDELINE_ID", "environment", /*overwrite=*/1);
  const Outcome outcome = Start({"--config", file_});
  ::unsetenv("TIDELINE_ID");
  ASSERT_TRUE(outcome.start.loaded) << outcome.err;
  EXPECT_EQ(outcome.start.loaded->config.id, "environment");
}

TEST_F(DaemonTest, ASecretIsNoFlagAndTheHelpSaysWhereItIsGiven) {
  EXPECT_EQ(Start({"--model-repository=/models", "--token=hush!"}).start.exit_code, 2);
  ::setenv("TIDELINE_TOKEN", "hush!", /*overwrite=*/1);
  const Outcome loaded = Start({"--model-repository=/models"});
  const Outcome printed = Start({"--model-repository=/models", "--print-config"});
  const Outcome help = Start({"--help"});
  ::unsetenv("TIDELINE_TOKEN");
  ASSERT_TRUE(loaded.start.loaded) << loaded.err;
  EXPECT_EQ(loaded.start.loaded->config.token, "hush!");
  EXPECT_THAT(help.out, HasSubstr("Only there: TIDELINE_TOKEN, what to be asked with."));
  EXPECT_THAT(printed.out, HasSubstr("# token is that of TIDELINE_TOKEN\n"));
  EXPECT_THAT(help.out + printed.out + loaded.err, Not(HasSubstr("hush!")));
}

TEST_F(DaemonTest, AWrongFileIsExitCodeTwoWithItsLine) {
  WriteConfig("model_repository: /models\nmodle: x\n");
  const Outcome outcome = Start({"--config", file_});
  EXPECT_FALSE(outcome.start.loaded);
  EXPECT_EQ(outcome.start.exit_code, 2);
  EXPECT_EQ(outcome.err, "sample: " + file_ + ":2: unknown key 'modle'\n");
}

TEST_F(DaemonTest, AFileThatIsNotThereIsExitCodeTwo) {
  const Outcome outcome = Start({"--config", "/nowhere/x.yaml"});
  EXPECT_EQ(outcome.start.exit_code, 2);
  EXPECT_THAT(outcome.err, HasSubstr("/nowhere/x.yaml"));
}

TEST_F(DaemonTest, AnUnknownFlagIsExitCodeTwo) {
  const Outcome outcome = Start({"--modle-repository", "/models"});
  EXPECT_FALSE(outcome.start.loaded);
  EXPECT_EQ(outcome.start.exit_code, 2);
  EXPECT_THAT(outcome.err, HasSubstr("--modle-repository"));
}

TEST_F(DaemonTest, ASwitchNeedsNoValue) {
  const std::string models = "--model-repository=/models";
  EXPECT_TRUE(Start({"--loop", models}).start.loaded->config.loop);
  EXPECT_TRUE(Start({models, "--loop"}).start.loaded->config.loop);
  EXPECT_TRUE(Start({models, "--loop=true"}).start.loaded->config.loop);
  EXPECT_FALSE(Start({models, "--loop", "false"}).start.loaded->config.loop);
  EXPECT_EQ(Start({models, "--loop=maybe"}).start.exit_code, 2);
}

TEST_F(DaemonTest, HelpNamesEveryFlagAndEndsWell) {
  const Outcome outcome = Start({"--help"});
  EXPECT_FALSE(outcome.start.loaded);
  EXPECT_EQ(outcome.start.exit_code, 0);
  for (const char* flag :
       {"--config", "--check-config", "--print-config", "--id", "--model-repository", "--log-level",
        "--log-format", "--exit-timeout-secs", "--version"}) {
    EXPECT_THAT(outcome.out, HasSubstr(flag));
  }
}

TEST_F(DaemonTest, VersionIsTheProgramsNameAndNumber) {
  const Outcome outcome = Start({"--version"});
  EXPECT_EQ(outcome.start.exit_code, 0);
  EXPECT_THAT(outcome.out, ::testing::MatchesRegex("sample [0-9]+\\.[0-9]+\\.[0-9]+\n"));
}

TEST_F(DaemonTest, PrintConfigPrintsWhatHoldsAndWhereItIsFrom) {
  const Outcome outcome = Start({"--print-config", "--model-repository=/models"});
  EXPECT_FALSE(outcome.start.loaded);
  EXPECT_EQ(outcome.start.exit_code, 0);
  EXPECT_EQ(outcome.out,
            "id: sample\nmodel_repository: /models  # --model-repository\nlog:\n  level: info\n"
            "  format: text\nexit_timeout: 30s\nloop: false\n");
}

TEST_F(DaemonTest, CheckConfigIsLeftToMain) {
  const Outcome outcome = Start({"--check-config", "--model-repository=/models"});
  ASSERT_TRUE(outcome.start.loaded) << outcome.err;
  EXPECT_TRUE(outcome.start.check_only);
}

}  // namespace
}  // namespace tideline
