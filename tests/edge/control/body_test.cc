#include "edge/control/body.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace tideline {
namespace {

using ::testing::HasSubstr;

TEST(ControlBodyTest, NothingIsAnEmptyObjectOrNoBody) {
  EXPECT_TRUE(ParseNothing("").ok());
  EXPECT_TRUE(ParseNothing("{}").ok());
  EXPECT_THAT(std::string(ParseNothing("{\"cut\": 1}").message()), HasSubstr("'cut'"));
  for (const char* body : {"[]", "null", "{", "1", "\xff", "{}x"}) {
    EXPECT_EQ(ParseNothing(body).code(), absl::StatusCode::kInvalidArgument) << body;
  }
}

TEST(ControlBodyTest, APinHasACutAndMaybeACodec) {
  const auto pin = ParsePin("{\"cut\": \"features.3\", \"codec\": \"int4/dense\"}");
  ASSERT_TRUE(pin.ok()) << pin.status();
  EXPECT_EQ(pin->cut, "features.3");
  EXPECT_EQ(pin->codec, "int4/dense");
  EXPECT_EQ(ParsePin("{\"cut\": \"edge\", \"codec\": null}")->codec, std::nullopt);
  for (const char* body : {"{}", "{\"cut\": 3}", "{\"cut\": \"\"}", "{\"cut\": \"auto\"}",
                           "{\"cut\": \"edge\", \"codec\": 8}", "{\"cut\": \"edge\", \"x\": 1}"}) {
    EXPECT_EQ(ParsePin(body).status().code(), absl::StatusCode::kInvalidArgument) << body;
  }
}

TEST(ControlBodyTest, ATargetIsADeadlineOrATailOrBoth) {
  const auto both = ParseTarget("{\"deadline_ms\": 12.5, \"tail\": \"race\"}");
  ASSERT_TRUE(both.ok()) << both.status();
  EXPECT_EQ(both->deadline, absl::Microseconds(12'500));
  EXPECT_EQ(both->tail, TailMode::kRace);
  EXPECT_EQ(ToString(*both), "the deadline is 12.5ms, the tail's mode is race");
  const auto none = ParseTarget("{\"deadline_ms\": null}");
  EXPECT_EQ(none->deadline, absl::InfiniteDuration());
  EXPECT_EQ(none->tail, std::nullopt);
  EXPECT_EQ(ToString(*none), "there is no deadline");
  for (const char* body :
       {"{}", "{\"deadline_ms\": 0}", "{\"deadline_ms\": 1e300}", "{\"deadline_ms\": \"5\"}",
        "{\"tail\": \"fast\"}", "{\"tail\": null}"}) {
    EXPECT_EQ(ParseTarget(body).status().code(), absl::StatusCode::kInvalidArgument) << body;
  }
}

TEST(ControlBodyTest, ARateIsPositiveOrNone) {
  EXPECT_EQ(*ParseShape("{\"uplink_bps\": 1100000}"), 1.1e6);
  EXPECT_EQ(*ParseShape("{\"uplink_bps\": null}"), std::nullopt);
  for (const char* body : {"{}", "{\"uplink_bps\": 0}", "{\"uplink_bps\": -1}",
                           "{\"uplink_bps\": 1e400}", "{\"uplink_bps\": true}"}) {
    EXPECT_EQ(ParseShape(body).status().code(), absl::StatusCode::kInvalidArgument) << body;
  }
}

}  // namespace
}  // namespace tideline
