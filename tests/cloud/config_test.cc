#include "cloud/config.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace tideline {
namespace {

using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::StartsWith;

absl::StatusOr<LoadedConfig<CloudConfig>> Load(const std::string& text) {
  return LoadConfig(CloudFields(),
                    {.filename = "cloud.yaml", .text = "model_repository: m\n" + text});
}

std::string ErrorOf(const std::string& text) { return std::string(Load(text).status().message()); }

TEST(CloudConfigTest, AWholeFileIsRead) {
  const auto loaded = Load(
      "models: [digits, resnet50]\nlisten: tcp://0.0.0.0:5600\nkeys: {secret: c.secret}\n"
      "allow: edges\nprofiles: measured\nengine: {threads: 8}\nlimits: {max_tensor: 8MiB, queue: "
      "10}\n");
  ASSERT_TRUE(loaded.ok()) << loaded.status();
  EXPECT_THAT(loaded->config.models, ElementsAre("digits", "resnet50"));
  EXPECT_EQ(loaded->config.security, Security::kCurve);
  EXPECT_EQ(loaded->config.limits.max_tensor.count, 8 << 20);
  EXPECT_EQ(loaded->config.limits.queue, 10);
  EXPECT_EQ(loaded->config.profiles, "measured");
}

TEST(CloudConfigTest, WithoutKeysNothingIsServed) {
  EXPECT_THAT(ErrorOf(""), HasSubstr("keys.secret: is missing"));
  EXPECT_THAT(ErrorOf("keys: {secret: s}\n"), HasSubstr("allow: is missing"));
}

TEST(CloudConfigTest, PlaintextIsOnlyForLoopback) {
  EXPECT_TRUE(Load("security: none\n").ok());
  EXPECT_TRUE(Load("security: none\nlisten: tcp://127.0.0.1:0\n").ok());
  EXPECT_THAT(ErrorOf("security: none\nlisten: tcp://0.0.0.0:5600\n"),
              StartsWith("cloud.yaml:2: security: none is only for a loopback address"));
}

TEST(CloudConfigTest, AMisspeltKeyIsNotIgnored) {
  EXPECT_THAT(ErrorOf("securty: none\n"), HasSubstr("did you mean 'security'?"));
}

}  // namespace
}  // namespace tideline
