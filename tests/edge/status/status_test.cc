#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <nlohmann/json.hpp>

#include "edge/status/status_board.h"
#include "edge/status/status_json.h"
#include "tests/common/telemetry/json_keys.h"

namespace tideline {
namespace {

using ::testing::ElementsAre;
using Json = nlohmann::ordered_json;

Result MakeResult(uint64_t seq, absl::Duration total) {
  Result result;
  result.time = absl::FromUnixSeconds(1'764'410'400);
  result.id = "photos/" + std::to_string(seq);
  result.seq = seq;
  result.path = Path::kSplit;
  result.cut = "features.3";
  result.codec = "int4/dense";
  result.cloud = "tcp://10.0.0.7:5600";
  result.bytes_up = 500;
  result.raw_bytes = 150'528;
  result.file = Bytes::Own(std::string(9000, 'j'));
  result.latency = {.total = total,
                    .head = absl::Milliseconds(1),
                    .encode = absl::Milliseconds(2),
                    .link = absl::Milliseconds(3),
                    .decode = absl::Milliseconds(4),
                    .queue = absl::Milliseconds(5),
                    .tail = absl::Milliseconds(6)};
  result.deadline_met = true;
  result.label = "cat";
  result.score = 0.93;
  return result;
}

class StatusTest : public testing::Test {
 protected:
  Json Status(const EdgeFacts& facts = {}) const {
    return Json::parse(StatusJson(facts, board_.State()));
  }

  ManualClock clock_;
  StatusBoard board_{clock_, /*images=*/true};
};

TEST_F(StatusTest, HasTheKeysOfTheContract) {
  board_.OnCut({.cut = "features.3", .codec = "int4/dense", .reason = "it is the first choice"});
  board_.OnResult(MakeResult(1, absl::Milliseconds(57)));
  board_.OnError("the cloud is away");
  EdgeFacts facts;
  facts.clouds.emplace_back();
  const Json status = Status(facts);
  EXPECT_THAT(Keys(status),
              ElementsAre("role", "id", "version", "uptime_s", "time", "health", "model", "cut",
                          "targets", "adapt", "link", "clouds", "shaping", "latency_ms",
                          "throughput_per_s", "in_flight", "source", "paths", "bytes", "energy",
                          "losing_work", "errors", "requests", "decisions", "last_image"));
  EXPECT_THAT(Keys(status["health"]), ElementsAre("live", "ready", "degraded", "reasons"));
  EXPECT_THAT(Keys(status["model"]),
              ElementsAre("name", "version", "engine", "precision", "fallback"));
  EXPECT_THAT(Keys(status["cut"]),
              ElementsAre("now", "codec", "mode", "since_s", "reason", "before"));
  EXPECT_THAT(Keys(status["targets"]), ElementsAre("objective", "deadline_ms", "tail"));
  EXPECT_THAT(Keys(status["adapt"]), ElementsAre("enabled", "paused", "changes"));
  EXPECT_THAT(Keys(status["link"]),
              ElementsAre("state", "cloud", "reason", "known", "uplink_bps", "rtt_ms", "queue_ms"));
  EXPECT_THAT(Keys(status["clouds"][0]), ElementsAre("address", "state", "canaries",
                                                     "canaries_wrong", "wrong_in_a_row", "barred"));
  EXPECT_THAT(Keys(status["link"]["rtt_ms"]), ElementsAre("low", "median", "high"));
  EXPECT_THAT(Keys(status["latency_ms"]), ElementsAre("total", "head", "encode", "link", "queue",
                                                      "decode", "tail", "p50", "p95", "p99"));
  EXPECT_THAT(Keys(status["source"]), ElementsAre("name", "kind", "dropped"));
  EXPECT_THAT(Keys(status["paths"]), ElementsAre("split", "edge", "cloud", "fallback"));
  EXPECT_THAT(Keys(status["bytes"]), ElementsAre("up", "raw", "jpeg"));
  EXPECT_THAT(Keys(status["losing_work"]), ElementsAre("late_answers", "finishes", "seconds",
                                                       "bytes_up", "joules", "radio_joules"));
  EXPECT_THAT(Keys(status["errors"]["last"][0]), ElementsAre("at", "text"));
  EXPECT_THAT(Keys(status["requests"][0]),
              ElementsAre("at", "seq", "id", "path", "cut", "codec", "cloud", "label", "score",
                          "bytes_up", "latency_ms", "deadline_met", "error"));
  EXPECT_EQ(status["requests"][0]["cloud"], "tcp://10.0.0.7:5600");
  EXPECT_THAT(Keys(status["decisions"][0]),
              ElementsAre("at", "cut", "codec", "reason", "expected_ms", "uplink_bps", "rtt_ms"));
  EXPECT_THAT(Keys(status["last_image"]), ElementsAre("seq", "label", "score"));
}

TEST_F(StatusTest, FiguresAreThoseOfTheRequests) {
  clock_.Advance(absl::Seconds(2));
  board_.OnResult(MakeResult(1, absl::Milliseconds(40)));
  board_.OnResult(MakeResult(2, absl::Milliseconds(60)));
  const Json status = Status();
  EXPECT_EQ(status["uptime_s"], 2);
  EXPECT_EQ(status["time"], "1970-01-01T00:00:02.000Z");
  EXPECT_EQ(status["latency_ms"]["total"], 50);
  EXPECT_EQ(status["latency_ms"]["head"], 1);
  EXPECT_EQ(status["latency_ms"]["encode"], 2);
  EXPECT_EQ(status["latency_ms"]["link"], 3);
  EXPECT_EQ(status["latency_ms"]["decode"], 4);
  EXPECT_EQ(status["latency_ms"]["queue"], 5);
  EXPECT_EQ(status["latency_ms"]["tail"], 6);
  EXPECT_EQ(status["latency_ms"]["p99"], 60);
  EXPECT_EQ(status["throughput_per_s"], 1);
  EXPECT_EQ(status["paths"]["split"], 2);
  EXPECT_EQ(status["bytes"], Json({{"up", 1000}, {"raw", 301'056}, {"jpeg", 18'000}}));
  EXPECT_EQ(status["requests"][1]["at"], "2025-11-29T10:00:00.000Z");
  EXPECT_EQ(status["requests"][1]["label"], "cat");
  EXPECT_EQ(status["requests"][1]["latency_ms"]["total"], 60);
  EXPECT_EQ(status["last_image"]["seq"], 2);
}

TEST_F(StatusTest, WhatIsUnknownIsNull) {
  const Json status = Status();
  EXPECT_TRUE(status["cut"]["now"].is_null());
  EXPECT_TRUE(status["latency_ms"]["total"].is_null());
  EXPECT_TRUE(status["link"]["uplink_bps"]["median"].is_null());
  EXPECT_TRUE(status["targets"]["deadline_ms"].is_null());
  EXPECT_TRUE(status["bytes"]["jpeg"].is_null());
  EXPECT_TRUE(status["energy"]["joules"].is_null());
  EXPECT_TRUE(status["source"]["dropped"].is_null());
  EXPECT_TRUE(status["last_image"].is_null());
  EXPECT_EQ(status["requests"], Json::array());
}

TEST_F(StatusTest, OneTensorAmongTheFilesLeavesTheirBytesUnknown) {
  board_.OnResult(MakeResult(1, absl::Milliseconds(1)));
  Result tensor = MakeResult(2, absl::Milliseconds(1));
  tensor.file = {};
  board_.OnResult(tensor);
  EXPECT_TRUE(Status()["bytes"]["jpeg"].is_null());
}

TEST_F(StatusTest, ListsAreBoundedAndTheSumsAreNot) {
  for (uint64_t seq = 0; seq < 1000; ++seq) {
    Result result = MakeResult(seq, absl::Milliseconds(1));
    if (seq % 10 == 0) {
      result.error = absl::DataLossError(std::string(5000, 'x'));
    }
    board_.OnResult(result);
    board_.OnCut({.cut = "features." + std::to_string(seq % 7)});
  }
  const Json status = Status();
  EXPECT_EQ(status["requests"].size(), 40);
  EXPECT_EQ(status["requests"][39]["seq"], 999);
  EXPECT_EQ(status["decisions"].size(), 40);
  EXPECT_EQ(status["errors"]["total"], 100);
  EXPECT_EQ(status["errors"]["last"].size(), 40);
  EXPECT_LE(status["errors"]["last"][0]["text"].get<std::string>().size(), 512);
  EXPECT_EQ(status["paths"]["split"], 900);
  EXPECT_EQ(status["cut"]["now"], "features.5");
  EXPECT_EQ(status["cut"]["before"],
            Json({"features.1", "features.2", "features.3", "features.4"}));
}

TEST_F(StatusTest, TheSameCutIsNotedOnce) {
  board_.OnCut({.cut = "features.3", .codec = "int8/zstd", .reason = "first"});
  clock_.Advance(absl::Seconds(3));
  EXPECT_FALSE(board_.IsNew("features.3", "int8/zstd"));
  board_.OnCut({.cut = "features.3", .codec = "int8/zstd", .reason = "again"});
  EXPECT_TRUE(board_.IsNew("features.3", "int4/zstd"));
  Json status = Status();
  EXPECT_EQ(status["decisions"].size(), 1);
  EXPECT_EQ(status["cut"]["reason"], "first");
  EXPECT_EQ(status["cut"]["since_s"], 3);
  board_.OnCut({.cut = "edge", .reason = "the cloud is away"});
  status = Status();
  EXPECT_EQ(status["cut"]["since_s"], 0);
  EXPECT_EQ(status["cut"]["before"], Json({"features.3"}));
  EXPECT_TRUE(status["cut"]["codec"].is_null());
}

TEST_F(StatusTest, AControlIsADecision) {
  board_.OnCut({.cut = "edge", .reason = "first"});
  board_.OnControl("adaptation was paused by 127.0.0.1");
  const Json decisions = Status()["decisions"];
  EXPECT_EQ(decisions[1]["reason"], "adaptation was paused by 127.0.0.1");
  EXPECT_EQ(decisions[1]["cut"], "edge");
}

TEST_F(StatusTest, FactsAreShownAsTheyAre) {
  EdgeFacts facts;
  facts.id = "cam-1";
  facts.mode = "pinned";
  facts.targets = {"latency", absl::Milliseconds(250), "race"};
  facts.link.state = "ready";
  facts.link.uplink = Spread{1e6, 5.85e6, 9e6};
  facts.link.rtt = Spread{10e6, 50e6, 90e6};
  facts.shaping = {true, 1.1e6};
  facts.health.reasons = {"the cloud is away: silent for 1.2 s"};
  facts.source = {"door", "camera", 17};
  facts.losing = {
      .late_answers = 2, .finishes = 5, .time = absl::Milliseconds(400), .radio_joules = 1.5};
  const Json status = Status(facts);
  EXPECT_EQ(status["id"], "cam-1");
  EXPECT_EQ(status["cut"]["mode"], "pinned");
  EXPECT_EQ(status["targets"]["deadline_ms"], 250);
  EXPECT_EQ(status["link"]["uplink_bps"]["median"], 5.85e6);
  EXPECT_EQ(status["link"]["rtt_ms"]["high"], 90);
  EXPECT_EQ(status["shaping"]["uplink_bps"], 1.1e6);
  EXPECT_EQ(status["health"]["reasons"][0], "the cloud is away: silent for 1.2 s");
  EXPECT_EQ(status["losing_work"]["seconds"], 0.4);
  EXPECT_EQ(status["source"], Json({{"name", "door"}, {"kind", "camera"}, {"dropped", 17}}));
  EXPECT_TRUE(status["losing_work"]["joules"].is_null());
  EXPECT_EQ(status["losing_work"]["radio_joules"], 1.5);
}

TEST_F(StatusTest, ALargePictureIsNotKeptAndOneCanBeForbidden) {
  Result result = MakeResult(1, absl::Milliseconds(1));
  result.file = Bytes::Own(std::string(kMostImageBytes + 1, 'j'));
  board_.OnResult(result);
  EXPECT_FALSE(board_.Image().has_value());
  result.file = {};
  result.pixels = *Tensor::Allocate(DType::kUInt8, {4000, 3000, 3});
  board_.OnResult(result);
  EXPECT_FALSE(board_.Image().has_value());
  StatusBoard without(clock_, /*images=*/false);
  without.OnResult(MakeResult(1, absl::Milliseconds(1)));
  EXPECT_FALSE(without.Image().has_value());
}

TEST_F(StatusTest, AFrameOfAVideoIsAPictureToo) {
  Result result = MakeResult(5, absl::Milliseconds(1));
  result.file = {};
  result.pixels = *Tensor::Allocate(DType::kUInt8, {48, 64, 3});
  board_.OnResult(result);
  EXPECT_TRUE(board_.Image()->pixels.defined());
  EXPECT_EQ(Status()["last_image"]["seq"], 5);
}

}  // namespace
}  // namespace tideline
