#include "partitioner/policy/rate_control.h"

#include <string>

#include <gtest/gtest.h>

namespace tideline {
namespace {

CodecRecord Record(const char* codec, double bytes, double ms, double drop) {
  return {.cut = "features.3",
          .codec = codec,
          .bytes_mean = bytes,
          .bytes_p95 = bytes,
          .encode_ns = ms * 1e6,
          .decode_ns = ms * 1e6,
          .accuracy_drop = drop};
}

// 100 kB, 25 kB, 12 kB and 5 kB: 800, 200, 96 and 40 ms at 1 Mbit/s.
Calibration FourCodecs() {
  return {{Record("fp32", 100'000, 0.1, 0), Record("int8/dense", 25'000, 2, 0.001),
           Record("int4/dense", 12'000, 2, 0.005), Record("int2/dense", 5'000, 2, 0.03),
           Record("int8/stored", 50'000, 3, 0.002)}};
}

RateControl Four(double drop = 1) { return *RateControl::Make(FourCodecs(), "features.3", drop); }

std::string Chosen(const RateControl& control, const RateConditions& conditions) {
  return ToString(control.Choose(conditions).codec);
}

RateConditions Link(double bits_per_second, absl::Duration left = absl::InfiniteDuration()) {
  return {.uplink_bits_per_second = bits_per_second,
          .rtt = absl::Milliseconds(50),
          .cloud = absl::Milliseconds(10),
          .left = left};
}

TEST(RateControlTest, OptionsAreMostAccurateFirstWithoutWhatAnotherBeats) {
  const RateControl control = Four();
  ASSERT_EQ(control.options().size(), 4u);
  EXPECT_EQ(ToString(control.options()[0].codec), ToString(*ParseCodecSpec("fp32")));
  EXPECT_EQ(ToString(control.options()[3].codec), "int2/dense");
}

TEST(RateControlTest, EqualRowsKeepOne) {
  const Calibration twins{{Record("int8/dense", 10, 1, 0), Record("int8/fast", 10, 1, 0)}};
  EXPECT_EQ(RateControl::Make(twins, "features.3", 1)->options().size(), 1u);
}

TEST(RateControlTest, TheMostAccurateThatArrivesInTimeIsTaken) {
  const RateControl control = Four();
  EXPECT_EQ(Chosen(control, Link(1e6, absl::Milliseconds(1000))), "fp32");
  EXPECT_EQ(Chosen(control, Link(1e6, absl::Milliseconds(300))), "int8/dense");
  EXPECT_EQ(Chosen(control, Link(1e6, absl::Milliseconds(170))), "int4/dense");
  EXPECT_EQ(Chosen(control, Link(1e6, absl::Milliseconds(110))), "int2/dense");
}

TEST(RateControlTest, WhereNothingArrivesInTimeTheSoonestIsTaken) {
  EXPECT_EQ(Chosen(Four(), Link(1e6, absl::Milliseconds(10))), "int2/dense");
  EXPECT_EQ(Chosen(Four(), Link(1e9, absl::Milliseconds(10))), "fp32");
}

TEST(RateControlTest, WithoutADeadlineTheSoonestIsTaken) {
  EXPECT_EQ(Chosen(Four(), Link(1e6)), "int2/dense");
  EXPECT_EQ(Chosen(Four(), Link(1e9)), "fp32");
}

TEST(RateControlTest, TheByteBudgetIsKept) {
  RateConditions conditions = Link(1e9, absl::Seconds(10));
  conditions.max_bytes = 20'000;
  EXPECT_EQ(Chosen(Four(), conditions), "int4/dense");
  conditions.max_bytes = 1;  // nothing does: the smallest
  EXPECT_EQ(Chosen(Four(), conditions), "int2/dense");
}

TEST(RateControlTest, AnUnknownLinkGetsTheSmallest) {
  EXPECT_EQ(Chosen(Four(), Link(0, absl::Seconds(10))), "int2/dense");
}

TEST(RateControlTest, ABusyEdgePrefersWhatIsQuickToEncode) {
  RateConditions conditions = Link(20e6);
  EXPECT_EQ(Chosen(Four(), conditions), "int2/dense");
  conditions.edge_slowdown = 100;
  EXPECT_EQ(Chosen(Four(), conditions), "fp32");
}

TEST(RateControlTest, WhatIsNotAccurateEnoughIsNeverTaken) {
  const RateControl control = Four(0.01);
  EXPECT_EQ(control.options().size(), 3u);
  EXPECT_EQ(Chosen(control, Link(1e3, absl::Milliseconds(1))), "int4/dense");
}

TEST(RateControlTest, NoSettingIsAnErrorThatSaysWhatThereIs) {
  EXPECT_EQ(RateControl::Make(FourCodecs(), "features.4", 1).status().code(),
            absl::StatusCode::kNotFound);
  const Calibration coarse{{Record("int2/dense", 10, 1, 0.25)}};
  const absl::Status status = RateControl::Make(coarse, "features.3", 0.01).status();
  EXPECT_EQ(status.code(), absl::StatusCode::kInvalidArgument);
  EXPECT_NE(status.message().find("int2/dense with up to 25.00 %"), std::string::npos) << status;
}

}  // namespace
}  // namespace tideline
