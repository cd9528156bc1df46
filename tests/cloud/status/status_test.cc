#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <nlohmann/json.hpp>

#include "cloud/status/cloud_board.h"
#include "cloud/status/edge_traffic.h"
#include "cloud/status/status_json.h"
#include "tests/common/telemetry/json_keys.h"

namespace tideline {
namespace {

using ::testing::ElementsAre;
using Json = nlohmann::ordered_json;

CloudFacts MakeFacts() {
  CloudFacts facts;
  facts.id = "cloud";
  facts.time = absl::UnixEpoch();
  facts.models = {{"photos", 1, "aten"}, {"digits", 2, "aten"}};
  facts.edges = {{.id = "cam-2", .user = "b", .open = 1},
                 {.id = "cam-1",
                  .user = "a",
                  .models = {"photos"},
                  .cut = "features.3",
                  .requests = 812,
                  .per_second = 4,
                  .bytes_up = 9000,
                  .silent = absl::Milliseconds(100)}};
  facts.queue_requests = 3;
  facts.queue_bytes = 999;
  facts.expected_wait = absl::Microseconds(1500);
  return facts;
}

class CloudStatusTest : public testing::Test {
 protected:
  Json Status() const { return Json::parse(StatusJson(MakeFacts(), board_)); }

  ManualClock clock_;
  CloudBoard board_{clock_};
};

TEST_F(CloudStatusTest, HasTheKeysOfTheContract) {
  const Json status = Status();
  EXPECT_THAT(Keys(status),
              ElementsAre("role", "id", "version", "uptime_s", "time", "health", "models", "edges",
                          "edges_total", "http", "queue", "worker", "refusals", "link_bytes"));
  EXPECT_EQ(status["role"], "cloud");
  EXPECT_THAT(Keys(status["models"][0]),
              ElementsAre("name", "version", "engine", "ready", "requests", "tail_ms"));
  EXPECT_THAT(Keys(status["edges"][0]), ElementsAre("id", "user", "models", "cut", "requests",
                                                    "per_s", "bytes_up", "last_seen_s", "open"));
  EXPECT_EQ(status["edges"][0]["id"], "cam-1");
  EXPECT_EQ(status["edges"][0]["last_seen_s"], 0.1);
  EXPECT_TRUE(status["edges"][1]["cut"].is_null());
  EXPECT_EQ(status["queue"], Json({{"requests", 3}, {"bytes", 999}, {"expected_wait_ms", 1.5}}));
  EXPECT_THAT(Keys(status["worker"]), ElementsAre("busy", "served", "tail_ms"));
  EXPECT_THAT(Keys(status["worker"]["tail_ms"]), ElementsAre("p50", "p95", "p99"));
  EXPECT_TRUE(status["worker"]["tail_ms"]["p50"].is_null());
  EXPECT_THAT(Keys(status["refusals"]), ElementsAre("total", "by_reason"));
  EXPECT_THAT(Keys(status["link_bytes"]), ElementsAre("up", "down"));
}

TEST_F(CloudStatusTest, TheWorkersFiguresAreThoseOfTheLastSeconds) {
  for (int i = 0; i < 10; ++i) {
    clock_.Advance(absl::Seconds(1));
    board_.OnServed(
        {.model = "photos", .tail = absl::Milliseconds(100 + i), .busy = absl::Milliseconds(130)});
  }
  board_.OnReceived(100);
  board_.OnSent(7);
  const Json status = Status();
  EXPECT_EQ(status["uptime_s"], 10);
  EXPECT_EQ(status["worker"]["served"], 10);
  EXPECT_EQ(status["worker"]["busy"], 0.13);
  EXPECT_EQ(status["worker"]["tail_ms"]["p99"], 109);
  EXPECT_EQ(status["models"][0]["requests"], 10);
  EXPECT_EQ(status["models"][0]["tail_ms"], 104.5);
  EXPECT_EQ(status["models"][1]["requests"], 0);
  EXPECT_TRUE(status["models"][1]["tail_ms"].is_null());
  EXPECT_EQ(status["link_bytes"], Json({{"up", 100}, {"down", 7}}));
}

TEST_F(CloudStatusTest, RefusalsAreCountedByTheirReason) {
  board_.OnRefused(absl::ResourceExhaustedError("full"));
  board_.OnRefused(absl::ResourceExhaustedError("full"));
  board_.OnRefused(absl::FailedPreconditionError("another model"));
  EXPECT_EQ(Status()["refusals"],
            Json({{"total", 3}, {"by_reason", {{"overload", 2}, {"model", 1}}}}));
}

TEST_F(CloudStatusTest, OfManyEdgesThoseAreListedThatSpokeLast) {
  CloudFacts facts;
  for (size_t i = 0; i < 2 * kShownEdges; ++i) {
    facts.edges.push_back({.id = std::to_string(i), .silent = absl::Seconds(static_cast<int>(i))});
  }
  const Json status = Json::parse(StatusJson(facts, board_));
  EXPECT_EQ(status["edges"].size(), kShownEdges);
  EXPECT_EQ(status["edges_total"], 2 * kShownEdges);
  for (const Json& edge : status["edges"]) {
    EXPECT_LT(edge["last_seen_s"], kShownEdges);
  }
}

TEST(EdgeTrafficTest, ARateIsThatOfTheLatestSeconds) {
  EdgeTraffic traffic(absl::ZeroDuration());
  for (int i = 1; i <= 80; ++i) {
    traffic.OnServed(i * absl::Milliseconds(250), "features.3", 1000);
  }
  EXPECT_NEAR(traffic.rate.PerSecond(absl::Seconds(20)), 4, 0.5);
  EXPECT_EQ(traffic.rate.PerSecond(absl::Seconds(40)), 0);
  EXPECT_EQ(traffic.requests, 80);
  EXPECT_EQ(traffic.bytes_up, 80'000);
}

}  // namespace
}  // namespace tideline
