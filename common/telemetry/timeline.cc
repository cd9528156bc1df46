#include "common/telemetry/timeline.h"

#include <algorithm>
#include <utility>
#include <vector>

#include <nlohmann/json.hpp>

namespace tideline {
namespace {

using Json = nlohmann::ordered_json;
using Span = RequestTimeline::Span;

constexpr int kEdge = 1;  // process ids of the trace
constexpr int kCloud = 2;

bool IsHex(std::string_view text) {
  return std::ranges::all_of(
      text, [](char c) { return (c >= '0' && c <= '9') || (c >= 'a' && c <= 'f'); });
}

bool IsZero(std::string_view text) { return text.find_first_not_of('0') == std::string_view::npos; }

Json OrNull(const std::string& text) { return text.empty() ? Json(nullptr) : Json(text); }

// The events of one request in one lane.
class Events {
 public:
  Events(const RequestTimeline& timeline, size_t lane, Json* events)
      : timeline_(timeline), lane_(lane), events_(events) {}

  void Write() {
    if (timeline_.by_cloud && timeline_.cloud) {
      WriteCloud({absl::ZeroDuration(), timeline_.total}, *timeline_.cloud);
      return;
    }
    const Span whole{absl::ZeroDuration(), timeline_.total};
    Add(kEdge, "request", whole)["args"] = {{"id", timeline_.id},
                                            {"seq", timeline_.seq},
                                            {"path", timeline_.path},
                                            {"cut", OrNull(timeline_.cut)},
                                            {"codec", OrNull(timeline_.codec)},
                                            {"bytes_up", timeline_.bytes_up},
                                            {"traceparent", OrNull(timeline_.traceparent)}};
    Next("wait", {absl::ZeroDuration(), timeline_.head.begin});
    Next("head", timeline_.head);
    if (timeline_.encode) {
      Next("encode", *timeline_.encode);
    }
    if (timeline_.link) {
      const Span link = Next("link", *timeline_.link);
      if (timeline_.cloud) {
        WriteCloud(link, *timeline_.cloud);
      }
    }
    if (timeline_.finish) {
      Next("tail", *timeline_.finish);
    }
    Next("answer", {cursor_, timeline_.total - cursor_});
  }

 private:
  Json& Add(int process, const char* name, const Span& span) {
    const absl::Duration since = timeline_.admitted - absl::UnixEpoch() + span.begin;
    events_->push_back({{"name", name},
                        {"cat", process == kEdge ? "edge" : "cloud"},
                        {"ph", "X"},
                        {"ts", absl::ToDoubleMicroseconds(since)},
                        {"dur", absl::ToDoubleMicroseconds(span.length)},
                        {"pid", process},
                        {"tid", lane_}});
    return events_->back();
  }

  // A stage of the edge: after the one before it, and inside the request.
  Span Next(const char* name, const Span& span) {
    const absl::Duration begin = std::clamp(span.begin, cursor_, timeline_.total);
    const absl::Duration end = std::clamp(span.end(), begin, timeline_.total);
    cursor_ = end;
    if (end > begin) {
      Add(kEdge, name, {begin, end - begin});
    }
    return {begin, end - begin};
  }

  void WriteCloud(const Span& link, const RequestTimeline::Cloud& cloud) {
    const absl::Duration end = std::clamp(cloud.end, link.begin, link.end());
    absl::Duration at = std::max(link.begin, end - cloud.busy);
    Json arguments = {
        {"id", timeline_.id},
        {"request", cloud.request},
        {"traceparent", OrNull(timeline_.traceparent)},
        {"placed by", timeline_.by_cloud ? "the cloud's clock" : "the edge's round trip"}};
    if (!cloud.address.empty()) {
      arguments["address"] = cloud.address;
    }
    Add(kCloud, "request", {at, end - at})["args"] = std::move(arguments);
    const std::pair<const char*, absl::Duration> stages[] = {
        {"decode", cloud.decode}, {"queue", cloud.queue}, {"tail", cloud.tail}};
    for (const auto& [name, took] : stages) {
      const absl::Duration length = std::clamp(took, absl::ZeroDuration(), end - at);
      if (length > absl::ZeroDuration()) {
        Add(kCloud, name, {at, length});
        at += length;
      }
    }
  }

  const RequestTimeline& timeline_;
  const size_t lane_;
  Json* const events_;
  absl::Duration cursor_;
};

// The first lane that is free when the request begins. `ends` has when each one's last does.
size_t LaneOf(const RequestTimeline& timeline, std::vector<absl::Time>& ends) {
  const auto free =
      std::ranges::find_if(ends, [&](absl::Time end) { return end <= timeline.admitted; });
  const auto lane = static_cast<size_t>(free - ends.begin());
  ends.resize(std::max(ends.size(), lane + 1), absl::InfinitePast());
  ends[lane] = timeline.admitted + timeline.total;
  return lane;
}

Json ProcessName(int process, const char* name) {
  return {{"name", "process_name"}, {"ph", "M"}, {"pid", process}, {"args", {{"name", name}}}};
}

}  // namespace

bool IsTraceparent(std::string_view text) {
  constexpr size_t kLength = 55;  // 2, 32, 16 and 2 digits
  if (text.size() != kLength || text[2] != '-' || text[35] != '-' || text[52] != '-') {
    return false;
  }
  const std::string_view version = text.substr(0, 2);
  const std::string_view trace = text.substr(3, 32);
  const std::string_view parent = text.substr(36, 16);
  return IsHex(version) && version != "ff" && IsHex(trace) && !IsZero(trace) && IsHex(parent) &&
         !IsZero(parent) && IsHex(text.substr(53));
}

void TimelineLog::Add(RequestTimeline timeline) {
  const absl::MutexLock lock(&mutex_);
  timelines_.Add(std::move(timeline));
}

std::string TimelineLog::Json() const {
  std::vector<RequestTimeline> copy;
  {
    const absl::MutexLock lock(&mutex_);
    copy.assign(timelines_.items().begin(), timelines_.items().end());
  }
  return TraceJson(copy);
}

std::string TraceJson(std::span<const RequestTimeline> timelines) {
  std::vector<const RequestTimeline*> ordered;
  for (const RequestTimeline& timeline : timelines) {
    ordered.push_back(&timeline);
  }
  std::ranges::stable_sort(ordered, {}, &RequestTimeline::admitted);
  Json events = {ProcessName(kEdge, "edge"), ProcessName(kCloud, "cloud")};
  std::vector<absl::Time> ends;
  for (const RequestTimeline* timeline : ordered) {
    Events(*timeline, LaneOf(*timeline, ends), &events).Write();
  }
  const Json trace = {{"displayTimeUnit", "ms"}, {"traceEvents", std::move(events)}};
  return trace.dump(/*indent=*/-1, /*indent_char=*/' ', /*ensure_ascii=*/false,
                    Json::error_handler_t::replace);
}

}  // namespace tideline
