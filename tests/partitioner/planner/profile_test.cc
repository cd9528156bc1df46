#include "partitioner/planner/profile.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace tideline {
namespace {

using ::testing::HasSubstr;
using ::testing::StartsWith;

Profile Example() {
  Profile profile{.device = "board", .cpu = "Cortex-A76", .governor = "performance"};
  profile.versions = {{"tideline", "0.3.0"}, {"torch", "2.13.0"}};
  profile.model = {"mobilenet_v2", std::string(64, 'a'), 1, std::string(64, 'b')};
  profile.power = {.source = "declared", .compute_watts = 5.5, .idle_watts = 2.0};
  EngineProfile engine{.engine = "aten", .precision = "f32", .threads = 2};
  engine.memory_bytes = 90'000'000;
  engine.watts = 6.25;
  engine.whole_ns = {9e6, 8.5e6, 9.5e6};
  engine.quiet_rounds = 19;
  engine.dropped_rounds = 2;
  engine.cuts = {{"features.3", {3e6, 2.9e6, 3.2e6}, {6e6, 5.8e6, 6.1e6}, 40'000'000},
                 {"features.7", {5e6, 4e6, 6e6}, {4e6, 4e6, 4e6}, {}}};
  engine.groups_ns = {1e6, 0, 2.5e6};
  profile.engines = {engine};
  profile.input = {.read_ns = {2e6, 1e6, 3e6}, .normalize_ns = {5e5, 5e5, 5e5}};
  profile.codecs = {{"features.3", "int8", {1e5, 1e5, 1e5}, {0, 0, 0}}};
  return profile;
}

std::string ErrorOf(const Profile& profile) {
  return std::string(ParseProfile(FormatProfile(profile), "p.json").status().message());
}

// The example's text with one piece of it replaced.
absl::Status StatusWith(const std::string& from, const std::string& to) {
  std::string text = FormatProfile(Example());
  const size_t at = text.find(from);
  EXPECT_NE(at, std::string::npos) << from;
  return ParseProfile(text.replace(at, from.size(), to), "p.json").status();
}

TEST(ProfileTest, WhatIsWrittenIsReadBack) {
  const auto read = ParseProfile(FormatProfile(Example()), "p.json");
  ASSERT_TRUE(read.ok()) << read.status();
  EXPECT_EQ(*read, Example());
}

TEST(ProfileTest, WithoutAnInputsTimesItTakesNone) {
  std::string text = FormatProfile(Example());
  text.replace(text.find("\"input\""), 7, "\"other\"");
  const auto read = ParseProfile(text, "p.json");
  ASSERT_TRUE(read.ok()) << read.status();
  EXPECT_EQ(read->input, InputTimes());
}

TEST(ProfileTest, AnEngineIsNamedAsAPartitionFileNamesIt) {
  EXPECT_EQ((EngineProfile{.engine = "aten", .precision = "f32"}.Name()), "aten");
  EXPECT_EQ((EngineProfile{.engine = "aten", .precision = "bf16"}.Name()), "aten:bf16");
  EXPECT_EQ((EngineProfile{.engine = "openvino:GPU", .precision = "f16"}.Name()),
            "openvino:GPU+f16");
}

TEST(ProfileTest, AnotherVersionIsRefused) {
  const absl::Status status = StatusWith("\"version\": 1", "\"version\": 2");
  EXPECT_EQ(status.code(), absl::StatusCode::kUnimplemented);
  EXPECT_THAT(std::string(status.message()), HasSubstr("it has version 2, this release reads 1"));
}

TEST(ProfileTest, AnotherModelIsRefused) {
  Profile::Model model = Example().model;
  EXPECT_TRUE(CheckSameModel(Example(), model).ok());
  model.sha256 = std::string(64, 'c');
  EXPECT_EQ(CheckSameModel(Example(), model).code(), absl::StatusCode::kFailedPrecondition);
  model = Example().model;
  model.frontiers = std::string(64, 'd');
  EXPECT_THAT(std::string(CheckSameModel(Example(), model).message()),
              HasSubstr("names cuts by rule 1"));
}

TEST(ProfileTest, ZeroAndNegativeTimesAreRefused) {
  Profile profile = Example();
  profile.engines[0].whole_ns = {0, 0, 0};
  EXPECT_THAT(ErrorOf(profile), StartsWith("p.json: engines[0]: 'whole_ns' is [0, 0, 0] ns"));
  profile = Example();
  profile.engines[0].cuts[1].tail_ns.low = -1;
  EXPECT_THAT(ErrorOf(profile), StartsWith("p.json: engines[0].cuts[1]: 'tail_ns'"));
  profile = Example();
  profile.engines[0].groups_ns[2] = -4;
  EXPECT_THAT(ErrorOf(profile), HasSubstr("groups_ns[2] is no time"));
  profile = Example();
  profile.codecs[0].encode_ns = {-1, -1, -1};
  EXPECT_THAT(ErrorOf(profile), StartsWith("p.json: codecs[0]: 'encode_ns'"));
}

TEST(ProfileTest, FiguresThatCannotBeAreRefused) {
  Profile profile = Example();
  profile.engines[0].whole_ns = {1e6, 2e6, 3e6};
  EXPECT_THAT(ErrorOf(profile), HasSubstr("a median inside its interval"));
  profile = Example();
  profile.engines[0].threads = 0;
  EXPECT_THAT(ErrorOf(profile), HasSubstr("'threads' is 0"));
  profile = Example();
  profile.power.compute_watts = -3;
  EXPECT_THAT(ErrorOf(profile), HasSubstr("'compute_watts' is -3"));
  profile = Example();
  profile.engines[0].cuts[1].cut = "features.3";
  EXPECT_THAT(ErrorOf(profile), HasSubstr("cut 'features.3' is there twice"));
}

TEST(ProfileTest, HostileTextIsRefused) {
  const std::string text = FormatProfile(Example());
  for (size_t size = 0; size < text.size() - 2; ++size) {
    ASSERT_FALSE(ParseProfile(text.substr(0, size), "p.json").ok()) << size;
  }
  EXPECT_FALSE(ParseProfile(std::string(100, '['), "p.json").ok());
  EXPECT_EQ(StatusWith("tideline-profile", "other").code(), absl::StatusCode::kDataLoss);
  EXPECT_FALSE(StatusWith("\"aten\"", "5").ok());
  EXPECT_FALSE(StatusWith("\"threads\": 2", "\"threads\": 2.5").ok());
  EXPECT_FALSE(StatusWith("\"threads\": 2", "\"threads\": 1e300").ok());
  EXPECT_EQ(ParseProfile(std::string(kMaxProfileBytes + 1, ' '), "p.json").status().code(),
            absl::StatusCode::kResourceExhausted);
}

}  // namespace
}  // namespace tideline
