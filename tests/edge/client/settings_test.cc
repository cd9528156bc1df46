#include "edge/client/settings.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "common/base/file.h"

namespace tideline {
namespace {

using ::testing::HasSubstr;

client::Options Needed() {
  return {"", {{"model_repository", "/models"}, {"partition", "/partition.yaml"}}};
}

TEST(SettingsTest, NoSourceIsNeeded) {
  const absl::StatusOr<EdgeConfig> config = LoadClientConfig(Needed());
  ASSERT_TRUE(config.ok()) << config.status();
  EXPECT_EQ(config->model_repository, "/models");
}

TEST(SettingsTest, ADaemonsFileWillDoAndSettingsGoOverIt) {
  const std::string file = ::testing::TempDir() + "client_edge.yaml";
  ASSERT_TRUE(
      WriteFileAtomically(
          file,
          "model_repository: models\npartition: p.yaml\n"
          "source: {path: images, journal: done, loop: true, rate: 5/s}\nsink: {path: out.jsonl}\n"
          "http: {address: 0.0.0.0, token_file: token}\n"
          "pipeline: {in_flight: 7}\nengine: {threads: 2}\n")
          .ok());
  client::Options options{file, {{"pipeline.in_flight", "3"}}};
  const absl::StatusOr<EdgeConfig> config = LoadClientConfig(options);
  ASSERT_TRUE(config.ok()) << config.status();
  EXPECT_EQ(config->pipeline.in_flight.most, 3);
  EXPECT_EQ(config->engine.threads, 2);
}

TEST(SettingsTest, WhatNoEdgeHasIsNamedWithTheNearestKey) {
  client::Options options = Needed();
  options.settings["cloud.adress"] = "tcp://a:1";
  const absl::Status status = LoadClientConfig(options).status();
  EXPECT_TRUE(absl::IsInvalidArgument(status));
  EXPECT_THAT(status.message(), HasSubstr("cloud.address"));
}

TEST(SettingsTest, WhatIsMissingIsSaid) {
  EXPECT_THAT(LoadClientConfig({}).status().message(), HasSubstr("model_repository"));
}

}  // namespace
}  // namespace tideline
