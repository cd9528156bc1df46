#include "partitioner/tool/record_timelines.h"

#include <algorithm>
#include <deque>

#include <nlohmann/json.hpp>

namespace tideline {
namespace {

using Json = nlohmann::json;

constexpr double kMostMs = 1e10;  // of a latency

std::string TextOf(const Json& record, const char* key) {
  const auto found = record.find(key);
  return found != record.end() && found->is_string() ? found->get<std::string>() : "";
}

uint64_t CountOf(const Json& record, const char* key) {
  const auto found = record.find(key);
  return found != record.end() && found->is_number_unsigned() ? found->get<uint64_t>() : 0;
}

absl::StatusOr<absl::Duration> StageOf(const Json& latency, const char* stage) {
  const auto found = latency.find(stage);
  if (found == latency.end() || !found->is_number()) {
    return InvalidArgument("there is no latency_ms.{}", stage);
  }
  const auto ms = found->get<double>();
  if (!(ms >= 0 && ms <= kMostMs)) {
    return InvalidArgument("latency_ms.{} is {}", stage, ms);
  }
  return absl::Milliseconds(ms);
}

absl::StatusOr<RequestTimeline> ReadRecord(std::string_view line) {
  const Json record = Json::parse(line, /*cb=*/nullptr, /*allow_exceptions=*/false);
  if (!record.is_object() || !record.contains("latency_ms") || !record["latency_ms"].is_object()) {
    return InvalidArgument("this is no result record: there is no latency_ms");
  }
  const Json& latency = record["latency_ms"];
  RequestTimeline timeline;
  ASSIGN_OR_RETURN(timeline.total, StageOf(latency, "total"));
  ASSIGN_OR_RETURN(timeline.head.length, StageOf(latency, "head"));
  ASSIGN_OR_RETURN(const absl::Duration encode, StageOf(latency, "encode"));
  ASSIGN_OR_RETURN(const absl::Duration link, StageOf(latency, "link"));
  RequestTimeline::Cloud cloud;
  ASSIGN_OR_RETURN(cloud.decode, StageOf(latency, "decode"));
  ASSIGN_OR_RETURN(cloud.queue, StageOf(latency, "queue"));
  ASSIGN_OR_RETURN(cloud.tail, StageOf(latency, "tail"));
  std::string error;
  absl::Time answered;
  if (!absl::ParseTime(absl::RFC3339_full, TextOf(record, "ts"), &answered, &error)) {
    return InvalidArgument("'ts' is no time: {}", error);
  }
  timeline.admitted = answered - timeline.total;
  timeline.id = TextOf(record, "id");
  timeline.seq = CountOf(record, "seq");
  timeline.path = TextOf(record, "path");
  timeline.cut = TextOf(record, "cut");
  timeline.codec = TextOf(record, "codec");
  timeline.bytes_up = CountOf(record, "bytes_up");
  timeline.traceparent = TextOf(record, "traceparent");
  const absl::Duration encoded = timeline.head.length + encode;
  if (encode > absl::ZeroDuration()) {
    timeline.encode = {timeline.head.length, encode};
  }
  if (timeline.path == "split" || timeline.path == "cloud") {
    cloud.busy = cloud.decode + cloud.queue + cloud.tail;
    cloud.end = encoded + link / 2 + cloud.busy;
    timeline.link = {encoded, link + cloud.busy};
    timeline.cloud = cloud;
  } else {
    timeline.finish = {std::max(encoded, timeline.total - cloud.tail), cloud.tail};
  }
  return timeline;
}

}  // namespace

absl::StatusOr<std::vector<RequestTimeline>> ReadRecordTimelines(std::string_view text,
                                                                 const std::string& filename,
                                                                 size_t most) {
  std::deque<RequestTimeline> latest;
  size_t number = 0;
  while (!text.empty()) {
    const size_t end = std::min(text.find('\n'), text.size());
    const std::string_view line = text.substr(0, end);
    text.remove_prefix(std::min(end + 1, text.size()));
    ++number;
    if (line.empty()) {
      continue;
    }
    absl::StatusOr<RequestTimeline> timeline = ReadRecord(line);
    if (!timeline.ok()) {
      return Annotate(timeline.status(), fmt::format("{}:{}", filename, number));
    }
    latest.push_back(*std::move(timeline));
    if (latest.size() > most) {
      latest.pop_front();
    }
  }
  return std::vector<RequestTimeline>(latest.begin(), latest.end());
}

}  // namespace tideline
