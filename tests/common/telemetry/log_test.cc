#include "common/telemetry/log.h"

#include <sstream>
#include <string>
#include <thread>
#include <vector>

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <nlohmann/json.hpp>

namespace tideline {
namespace {

using ::testing::ContainsRegex;
using ::testing::HasSubstr;
using ::testing::Not;

// What `write` puts on stderr.
template <typename Write>
std::string Logged(const LogOptions& options, Write write) {
  ConfigureLog(options);
  ::testing::internal::CaptureStderr();
  write();
  return ::testing::internal::GetCapturedStderr();
}

TEST(LogTest, TextIsOneReadableLinePerEvent) {
  const std::string line = Logged({}, [] {
    Log(LogLevel::kInfo, "cloud_connected",
        {{"address", "tcp://h:1"}, {"rtt", absl::Milliseconds(3)}, {"models", 2}, {"ok", true}});
  });
  EXPECT_THAT(line, ContainsRegex("^20[0-9-]+T[0-9:.]+Z info    cloud_connected "));
  EXPECT_THAT(line, HasSubstr("address=tcp://h:1 rtt=3ms models=2 ok=true\n"));
}

TEST(LogTest, NothingBreaksTheLine) {
  const std::string line = Logged({}, [] {
    Log(LogLevel::kInfo, "refused", {{"text", "two\nlines \"and\" quotes"}, {"empty", ""}});
  });
  EXPECT_EQ(std::count(line.begin(), line.end(), '\n'), 1);
  EXPECT_THAT(line, HasSubstr(R"(text="two\nlines \"and\" quotes" empty="")"));
}

TEST(LogTest, JsonIsParsedBack) {
  const std::string line = Logged({.format = LogFormat::kJson}, [] {
    Log(LogLevel::kWarning, "slow",
        {{"error", absl::UnavailableError("gone \x80")}, {"share", 0.25}, {"bytes", size_t{7}}});
  });
  const auto json = nlohmann::json::parse(line);
  EXPECT_EQ(json["level"], "warning");
  EXPECT_EQ(json["event"], "slow");
  EXPECT_THAT(json["ts"].get<std::string>(), ContainsRegex("^20.*Z$"));
  EXPECT_THAT(json["fields"]["error"].get<std::string>(), HasSubstr("UNAVAILABLE: gone"));
  EXPECT_EQ(json["fields"]["share"], 0.25);
  EXPECT_EQ(json["fields"]["bytes"], 7);
}

TEST(LogTest, LessImportantEventsAreLeftOut) {
  const std::string text = Logged({.level = LogLevel::kWarning}, [] {
    Log(LogLevel::kInfo, "chatter");
    Log(LogLevel::kError, "failure");
  });
  EXPECT_THAT(text, Not(HasSubstr("chatter")));
  EXPECT_THAT(text, HasSubstr("failure"));
}

TEST(LogTest, LinesOfManyThreadsAreNotMixed) {
  constexpr int kThreads = 4;
  constexpr int kLines = 200;
  const std::string text = Logged({.format = LogFormat::kJson}, [] {
    std::vector<std::thread> threads;
    for (int t = 0; t < kThreads; ++t) {
      threads.emplace_back([t] {
        for (int i = 0; i < kLines; ++i) {
          Log(LogLevel::kInfo, "line", {{"thread", t}, {"text", std::string(200, 'x')}});
        }
      });
    }
    for (std::thread& thread : threads) {
      thread.join();
    }
  });
  std::istringstream lines(text);
  int count = 0;
  for (std::string line; std::getline(lines, line); ++count) {
    ASSERT_TRUE(nlohmann::json::accept(line)) << line;
  }
  EXPECT_EQ(count, kThreads * kLines);
}

}  // namespace
}  // namespace tideline
