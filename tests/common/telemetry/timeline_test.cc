#include "common/telemetry/timeline.h"

#include <map>

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <nlohmann/json.hpp>

namespace tideline {
namespace {

using Json = nlohmann::json;

constexpr absl::Duration kMs = absl::Milliseconds(1);

RequestTimeline Split(int64_t admitted_ms) {
  RequestTimeline timeline;
  timeline.id = "photos/cat.jpg";
  timeline.path = "split";
  timeline.cut = "features.3";
  timeline.admitted = absl::FromUnixMillis(admitted_ms);
  timeline.total = 60 * kMs;
  timeline.head = {2 * kMs, 3 * kMs};
  timeline.encode = {5 * kMs, 1 * kMs};
  timeline.link = {6 * kMs, 50 * kMs};
  timeline.cloud = {
      .end = 50 * kMs, .busy = 10 * kMs, .decode = 1 * kMs, .queue = 2 * kMs, .tail = 6 * kMs};
  return timeline;
}

Json Trace(const std::vector<RequestTimeline>& timelines) {
  return Json::parse(TraceJson(timelines))["traceEvents"];
}

// Of each lane: what is drawn inside something ends with it at the latest.
void ExpectNested(const Json& events) {
  std::map<std::pair<int, int>, std::vector<std::pair<double, double>>> lanes;
  for (const Json& event : events) {
    if (event["ph"] == "X") {
      const double begin = event["ts"];
      lanes[{event["pid"], event["tid"]}].emplace_back(begin, begin + event["dur"].get<double>());
    }
  }
  for (auto& [lane, spans] : lanes) {
    std::ranges::sort(spans, [](const auto& a, const auto& b) {
      return a.first < b.first || (a.first == b.first && a.second > b.second);
    });
    std::vector<double> ends;
    for (const auto& [begin, end] : spans) {
      constexpr double kRounding = 0.5;  // a double of microseconds since 1970
      while (!ends.empty() && ends.back() <= begin + kRounding) {
        ends.pop_back();
      }
      if (!ends.empty()) {
        EXPECT_LE(end, ends.back() + kRounding);
      }
      ends.push_back(end);
    }
  }
}

Json Find(const Json& events, int process, const std::string& name) {
  for (const Json& event : events) {
    if (event["pid"] == process && event["name"] == name) {
      return event;
    }
  }
  return nullptr;
}

TEST(TimelineTest, StagesAreWhereTheyWere) {
  const Json events = Trace({Split(1000)});
  ExpectNested(events);
  EXPECT_EQ(Find(events, 1, "request")["ts"], 1000e3);
  EXPECT_EQ(Find(events, 1, "request")["dur"], 60e3);
  EXPECT_EQ(Find(events, 1, "request")["args"]["id"], "photos/cat.jpg");
  EXPECT_EQ(Find(events, 1, "wait")["dur"], 2e3);
  EXPECT_EQ(Find(events, 1, "head")["ts"], 1002e3);
  EXPECT_EQ(Find(events, 1, "encode")["dur"], 1e3);
  EXPECT_EQ(Find(events, 1, "link")["dur"], 50e3);
  EXPECT_EQ(Find(events, 1, "answer")["dur"], 4e3);
  EXPECT_EQ(Find(events, 2, "request")["ts"], 1040e3);
  EXPECT_EQ(Find(events, 2, "decode")["ts"], 1040e3);
  EXPECT_EQ(Find(events, 2, "tail")["ts"], 1043e3);
  EXPECT_TRUE(Find(events, 1, "tail").is_null());
}

TEST(TimelineTest, WhatTheCloudSaysNeverLeavesItsRoundTrip) {
  RequestTimeline timeline = Split(1000);
  timeline.cloud->busy = absl::Seconds(10);
  timeline.cloud->tail = absl::Seconds(9);
  timeline.cloud->end = absl::Seconds(1);
  const Json events = Trace({timeline});
  ExpectNested(events);
  EXPECT_EQ(Find(events, 2, "request")["ts"], Find(events, 1, "link")["ts"]);
  EXPECT_EQ(Find(events, 2, "request")["dur"], Find(events, 1, "link")["dur"]);
}

TEST(TimelineTest, TheCloudsOwnHasNothingOfTheEdge) {
  RequestTimeline timeline = Split(1000);
  timeline.by_cloud = true;
  timeline.cloud->end = timeline.cloud->busy = timeline.total;
  timeline.cloud->request = 12;
  const Json events = Trace({timeline});
  ExpectNested(events);
  EXPECT_TRUE(Find(events, 1, "request").is_null());
  EXPECT_EQ(Find(events, 2, "request")["ts"], 1000e3);
  EXPECT_EQ(Find(events, 2, "request")["args"]["request"], 12);
  EXPECT_EQ(Find(events, 2, "tail")["ts"], 1003e3);
}

TEST(TimelineTest, StagesThatOverlapFollowEachOther) {
  RequestTimeline timeline = Split(1000);
  timeline.encode = {4 * kMs, 30 * kMs};  // the answer came before all was encoded
  timeline.finish = {10 * kMs, 200 * kMs};
  ExpectNested(Trace({timeline}));
}

TEST(TimelineTest, RequestsThatOverlapHaveLanesOfTheirOwn) {
  const Json events = Trace({Split(1030), Split(1000), Split(1065), Split(1090)});
  ExpectNested(events);
  std::map<double, int> lanes;
  for (const Json& event : events) {
    if (event["name"] == "request" && event["pid"] == 1) {
      lanes[event["ts"]] = event["tid"];
    }
  }
  EXPECT_EQ(lanes, (std::map<double, int>{{1000e3, 0}, {1030e3, 1}, {1065e3, 0}, {1090e3, 1}}));
}

TEST(TimelineTest, TheLogKeepsTheLatest) {
  TimelineLog log;
  for (size_t i = 0; i < 2 * TimelineLog::kMost; ++i) {
    RequestTimeline timeline = Split(static_cast<int64_t>(1000 * i));
    timeline.seq = i;
    log.Add(timeline);
  }
  size_t requests = 0;
  const Json trace = Json::parse(log.Json());
  for (const Json& event : trace["traceEvents"]) {
    if (event["name"] == "request" && event["pid"] == 1) {
      ++requests;
      EXPECT_GE(event["args"]["seq"], TimelineLog::kMost);
    }
  }
  EXPECT_EQ(requests, TimelineLog::kMost);
}

TEST(TimelineTest, ATraceparentIsRecognised) {
  EXPECT_TRUE(IsTraceparent("00-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01"));
  for (const char* text : {"", "00-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7",
                           "ff-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01",
                           "00-4BF92F3577B34DA6A3CE929D0E0E4736-00f067aa0ba902b7-01",
                           "00-00000000000000000000000000000000-00f067aa0ba902b7-01",
                           "00-4bf92f3577b34da6a3ce929d0e0e4736-0000000000000000-01",
                           "00_4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01",
                           "00-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-0\n"}) {
    EXPECT_FALSE(IsTraceparent(text)) << text;
  }
}

}  // namespace
}  // namespace tideline
