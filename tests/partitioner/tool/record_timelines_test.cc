#include "partitioner/tool/record_timelines.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace tideline {
namespace {

using ::testing::HasSubstr;

std::string Record(const std::string& path, const std::string& total) {
  return R"({"ts":"1970-01-01T00:00:01.060000Z","id":"cat","seq":7,"path":")" + path +
         R"(","cut":"features.3","codec":null,"bytes_up":500,"latency_ms":{"total":)" + total +
         R"(,"head":3,"encode":1,"link":40,"decode":1,"queue":2,"tail":6}})" + "\n";
}

TEST(RecordTimelinesTest, StagesFollowEachOther) {
  const auto timelines = ReadRecordTimelines(Record("split", "60"), "r.jsonl", 10);
  ASSERT_TRUE(timelines.ok()) << timelines.status();
  const RequestTimeline& split = timelines->at(0);
  EXPECT_EQ(split.id, "cat");
  EXPECT_EQ(split.seq, 7);
  EXPECT_EQ(split.admitted, absl::FromUnixMillis(1000));
  EXPECT_EQ(split.encode->begin, absl::Milliseconds(3));
  EXPECT_EQ(split.link->begin, absl::Milliseconds(4));
  EXPECT_EQ(split.link->length, absl::Milliseconds(49));
  EXPECT_EQ(split.cloud->end, absl::Milliseconds(33));
  EXPECT_FALSE(split.finish.has_value());
}

TEST(RecordTimelinesTest, ALocalFinishIsAtTheEnd) {
  const auto timelines = ReadRecordTimelines(Record("edge", "60"), "r.jsonl", 10);
  ASSERT_TRUE(timelines.ok()) << timelines.status();
  EXPECT_EQ(timelines->at(0).finish->begin, absl::Milliseconds(54));
  EXPECT_FALSE(timelines->at(0).link.has_value());
}

TEST(RecordTimelinesTest, TheLatestAreTaken) {
  const auto timelines = ReadRecordTimelines(
      Record("edge", "10") + Record("edge", "20") + Record("edge", "30"), "r.jsonl", 2);
  ASSERT_TRUE(timelines.ok());
  ASSERT_EQ(timelines->size(), 2);
  EXPECT_EQ(timelines->at(0).total, absl::Milliseconds(20));
}

TEST(RecordTimelinesTest, AnErrorHasItsLine) {
  const auto error = [](const std::string& line) {
    return std::string(
        ReadRecordTimelines(Record("edge", "10") + line, "r.jsonl", 10).status().message());
  };
  EXPECT_THAT(error("{}"), HasSubstr("r.jsonl:2: "));
  EXPECT_THAT(error("nonsense"), HasSubstr("r.jsonl:2: "));
  EXPECT_THAT(error(Record("edge", "-1")), HasSubstr("latency_ms.total"));
  EXPECT_THAT(error(Record("edge", "\"long\"")), HasSubstr("latency_ms.total"));
  EXPECT_THAT(error(R"({"latency_ms":{"total":1,"head":0,"encode":0,"link":0,"decode":0,)"
                    R"("queue":0,"tail":1},"ts":"noon"})"),
              HasSubstr("'ts'"));
}

}  // namespace
}  // namespace tideline
