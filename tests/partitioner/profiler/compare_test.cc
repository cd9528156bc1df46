#include "partitioner/profiler/compare.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace tideline {
namespace {

using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::SizeIs;

Profile Example(double scale) {
  Profile profile{.device = "board"};
  profile.model = {"digits", std::string(64, 'a'), 1, std::string(64, 'b')};
  EngineProfile engine{.engine = "aten", .precision = "f32", .threads = 2};
  engine.whole_ns = {10 * scale, 9 * scale, 12 * scale};
  engine.cuts = {{"a", {4 * scale, 4 * scale, 4 * scale}, {6 * scale, 5 * scale, 8 * scale}, {}}};
  profile.engines = {engine};
  profile.codecs = {{"a", "int8", Estimate::Exactly(scale), Estimate::Exactly(0)}};
  return profile;
}

TEST(CompareTest, RatiosHaveTheWidestInterval) {
  const auto comparison = CompareProfiles(Example(1), Example(2));
  ASSERT_TRUE(comparison.ok()) << comparison.status();
  ASSERT_THAT(comparison->times, SizeIs(5));
  EXPECT_EQ(comparison->times[0].what, "whole");
  EXPECT_DOUBLE_EQ(comparison->times[0].ratio.median, 2);
  EXPECT_DOUBLE_EQ(comparison->times[0].ratio.low, 18.0 / 12);
  EXPECT_DOUBLE_EQ(comparison->times[0].ratio.high, 24.0 / 9);
  EXPECT_EQ(comparison->times[2].what, "tail");
  EXPECT_EQ(comparison->times[3].what, "encode int8");
  EXPECT_EQ(comparison->times[4].ratio, Estimate::Exactly(0)) << "nothing over nothing";
}

TEST(CompareTest, WhatOneAloneHasIsNamed) {
  Profile second = Example(1);
  second.engines[0].threads = 4;
  second.codecs.clear();
  const auto comparison = CompareProfiles(Example(1), second);
  ASSERT_TRUE(comparison.ok()) << comparison.status();
  EXPECT_THAT(comparison->times, SizeIs(0));
  EXPECT_THAT(comparison->only_first, ElementsAre("aten/f32/2"));
  EXPECT_THAT(comparison->only_second, ElementsAre("aten/f32/4"));
}

TEST(CompareTest, AnotherModelIsRefusedWithBothNames) {
  Profile second = Example(1);
  second.model.name = "photos";
  second.model.sha256 = std::string(64, 'c');
  const absl::Status status = CompareProfiles(Example(1), second).status();
  EXPECT_EQ(status.code(), absl::StatusCode::kFailedPrecondition);
  EXPECT_THAT(std::string(status.message()), HasSubstr("of model digits (SHA-256 aaaaaaaaaaaa"));
  EXPECT_THAT(std::string(status.message()), HasSubstr("photos"));
}

}  // namespace
}  // namespace tideline
