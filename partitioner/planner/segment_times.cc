#include "partitioner/planner/segment_times.h"

#include <algorithm>
#include <cmath>
#include <numeric>
#include <string_view>
#include <unordered_map>
#include <utility>

namespace tideline {
namespace {

// A border of prefixes of the groups with known times on both sides.
struct Anchor {
  int prefix = 0;
  Estimate head_ns;
  Estimate tail_ns;
};

Estimate Between(const Estimate& a, const Estimate& b, double share) {
  const auto mix = [share](double from, double to) { return from + share * (to - from); };
  return {mix(a.median, b.median), mix(a.low, b.low), mix(a.high, b.high)};
}

class Timetable {
 public:
  Timetable(const EngineProfile& engine, const Network& network) : engine_(engine) {
    for (const CutTime& cut : engine.cuts) {
      measured_.emplace(cut.cut, &cut);
    }
    anchors_.push_back({0, Estimate::Exactly(0), engine.whole_ns});
    for (const NetworkCut& cut : network.cuts) {
      const CutTime* time = Measured(cut);
      const bool inside = cut.prefix > anchors_.back().prefix && cut.prefix < network.groups;
      if (time != nullptr && cut.further.empty() && inside) {
        anchors_.push_back({cut.prefix, time->head_ns, time->tail_ns});
      }
    }
    anchors_.push_back({network.groups, engine.whole_ns, Estimate::Exactly(0)});
    sums_.push_back(0);
    for (const double ns : engine.groups_ns) {
      sums_.push_back(sums_.back() + ns);
    }
  }

  const CutTime* Measured(const NetworkCut& cut) const {
    const auto found = measured_.find(cut.name);
    return found == measured_.end() ? nullptr : found->second;
  }

  // Shares out the time between the two anchors around a cut.
  SegmentTime Derive(const NetworkCut& cut) const {
    const int end = cut.further.empty() ? cut.prefix : cut.further.back() + 1;
    const auto after = std::ranges::lower_bound(anchors_, end, {}, &Anchor::prefix);
    if (after == anchors_.begin()) {
      return {after->head_ns, after->tail_ns};
    }
    const auto before =
        std::prev(std::ranges::upper_bound(anchors_, cut.prefix, {}, &Anchor::prefix));
    double head = sums_[cut.prefix] - sums_[before->prefix];
    for (const int group : cut.further) {
      head += engine_.groups_ns[group];
    }
    const double all = sums_[after->prefix] - sums_[before->prefix];
    const double share = all > 0 ? std::clamp(head / all, 0.0, 1.0) : 0;
    return {Between(before->head_ns, after->head_ns, share),
            Between(before->tail_ns, after->tail_ns, share)};
  }

 private:
  const EngineProfile& engine_;
  std::unordered_map<std::string_view, const CutTime*> measured_;
  std::vector<Anchor> anchors_;  // ascending
  std::vector<double> sums_;     // by number of groups: their counters added up
};

absl::Status CheckCounters(const EngineProfile& engine, const Network& network) {
  if (engine.groups_ns.size() != static_cast<size_t>(network.groups)) {
    return FailedPrecondition(
        "{}: the profile has counters of {} groups, the network has {}; run tideline profile again",
        engine.Label(), engine.groups_ns.size(), network.groups);
  }
  return absl::OkStatus();
}

// What turns an engine's counters into shares of its whole.
double CounterScale(const EngineProfile& engine) {
  const double sum = std::accumulate(engine.groups_ns.begin(), engine.groups_ns.end(), 0.0);
  return sum > 0 ? engine.whole_ns.median / sum : 0;
}

}  // namespace

absl::StatusOr<std::vector<SegmentTime>> SegmentTimes(const EngineProfile& engine,
                                                      const Network& network) {
  const bool counted = !engine.groups_ns.empty();
  if (counted) {
    RETURN_IF_ERROR(CheckCounters(engine, network));
  }
  const Timetable timetable(engine, network);
  std::vector<SegmentTime> times;
  for (const NetworkCut& cut : network.cuts) {
    const auto whole_memory = static_cast<double>(engine.memory_bytes);
    SegmentTime time;
    if (cut.is_input()) {
      time = {Estimate::Exactly(0), engine.whole_ns, /*memory_bytes=*/0};
    } else if (cut.is_edge()) {
      time = {engine.whole_ns, Estimate::Exactly(0), whole_memory};
    } else if (const CutTime* measured = timetable.Measured(cut)) {
      const auto memory = measured->memory_bytes.value_or(engine.memory_bytes);
      time = {measured->head_ns, measured->tail_ns, static_cast<double>(memory)};
    } else if (counted) {
      time = timetable.Derive(cut);
      time.memory_bytes = whole_memory;
    } else {
      return FailedPrecondition(
          "{}: the profile has no times for cut '{}', and no counters to derive them from; run "
          "tideline profile again",
          engine.Label(), cut.name);
    }
    times.push_back(time);
  }
  return times;
}

absl::StatusOr<Dag> GroupTimes(const EngineProfile& edge, const EngineProfile& cloud,
                               const Network& network) {
  RETURN_IF_ERROR(CheckCounters(edge, network));
  RETURN_IF_ERROR(CheckCounters(cloud, network));
  const double edge_scale = CounterScale(edge);
  const double cloud_scale = CounterScale(cloud);
  Dag times = network.shape;
  for (size_t i = 0; i < times.nodes.size(); ++i) {
    times.nodes[i] = {std::llround(edge_scale * edge.groups_ns[i]),
                      std::llround(cloud_scale * cloud.groups_ns[i])};
  }
  return times;
}

}  // namespace tideline
