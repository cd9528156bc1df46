#include "tests/lab/pipe_settings.h"

#include <fstream>

#include "gmock/gmock.h"
#include "gtest/gtest.h"

namespace tideline::lab {
namespace {

using ::testing::HasSubstr;

PipeSettings MustChange(const PipeSettings& settings, std::string_view json) {
  auto changed = Changed(settings, json);
  EXPECT_TRUE(changed.ok()) << changed.status();
  return changed.ok() ? *changed : PipeSettings();
}

TEST(PipeSettingsTest, ChangesOnlyWhatIsNamed) {
  PipeSettings settings =
      MustChange({}, R"({"rate": "5.85Mbps", "delay": "25ms", "jitter": "5ms"})");
  settings = MustChange(settings, R"({"loss": "1%", "reorder": "0.5%", "blocked": true})");
  EXPECT_DOUBLE_EQ(settings.rate->bits_per_second, 5.85e6);
  EXPECT_EQ(settings.delay, absl::Milliseconds(25));
  EXPECT_EQ(settings.jitter, absl::Milliseconds(5));
  EXPECT_DOUBLE_EQ(settings.loss.value, 0.01);
  EXPECT_DOUBLE_EQ(settings.reorder.value, 0.005);
  EXPECT_TRUE(settings.blocked);
}

TEST(PipeSettingsTest, RateAndTraceReplaceEachOther) {
  const std::string path = testing::TempDir() + "/pipe_settings_test.up";
  std::ofstream(path) << "1\n2\n";
  PipeSettings settings = MustChange({}, R"({"rate": "1Mbps"})");
  settings = MustChange(settings, R"({"trace": ")" + path + R"("})");
  EXPECT_FALSE(settings.rate);
  EXPECT_TRUE(settings.trace);
  settings = MustChange(settings, R"({"rate": "0bps"})");
  EXPECT_DOUBLE_EQ(settings.rate->bits_per_second, 0);
  EXPECT_FALSE(settings.trace);
  settings = MustChange(settings, R"({"rate": null})");
  EXPECT_FALSE(settings.rate);
}

TEST(PipeSettingsTest, TheQueueIsATimeOrBytesAndHoldsTenPackets) {
  PipeSettings settings = MustChange({}, R"({"rate": "8Mbps", "queue": "100ms"})");
  EXPECT_EQ(settings.QueueLimit(), 100'000);
  EXPECT_EQ(MustChange(settings, R"({"rate": "0.1Mbps"})").QueueLimit(), 15'000);
  settings = MustChange(settings, R"({"queue": "4KiB"})");
  EXPECT_EQ(settings.QueueLimit(), 4096);
  EXPECT_EQ(MustChange(settings, R"({"queue": "1s"})").QueueLimit(), 1'000'000);
}

TEST(PipeSettingsTest, RefusesWhatIsNoSetting) {
  EXPECT_THAT(Changed({}, "[1]").status().message(), HasSubstr("JSON object"));
  EXPECT_THAT(Changed({}, "{").status().message(), HasSubstr("JSON object"));
  EXPECT_THAT(Changed({}, R"({"speed": "1Mbps"})").status().message(), HasSubstr("speed"));
  EXPECT_THAT(Changed({}, R"({"jitter": "1ms"})").status().message(), HasSubstr("jitter 1ms"));
  for (const char* json :
       {R"({"rate": 5})", R"({"rate": "-1Mbps"})", R"({"loss": "101%"})", R"({"blocked": "yes"})",
        R"({"delay": null})", R"({"delay": "2h"})", R"({"queue": "-1"})"}) {
    EXPECT_EQ(Changed({}, json).status().code(), absl::StatusCode::kInvalidArgument) << json;
  }
  EXPECT_EQ(Changed({}, R"({"trace": "/nowhere.up"})").status().code(),
            absl::StatusCode::kNotFound);
}

}  // namespace
}  // namespace tideline::lab
