#include "partitioner/planner/candidates.h"

#include <algorithm>
#include <string_view>
#include <unordered_map>
#include <utility>

#include "common/base/checked.h"
#include "common/base/strings.h"
#include "partitioner/planner/pareto.h"
#include "partitioner/planner/segment_times.h"
#include "protocol/codec/codec.h"

namespace tideline {
namespace {

constexpr char kRaw[] = "raw";
constexpr char kUncoded[] = "fp32/stored";
constexpr double kUncodedBytes = 4;  // per element

// One engine of one side with its times per cut of the network.
struct TimedEngine {
  const EngineProfile* profile = nullptr;
  std::vector<SegmentTime> times;
};

bool Allows(const std::vector<std::string>& names, const std::string& name) {
  return names.empty() || std::ranges::find(names, name) != names.end();
}

bool Allows(const std::vector<std::string>& names, const EngineProfile& engine) {
  return Allows(names, engine.engine) || Allows(names, engine.Name()) ||
         Allows(names, engine.engine + "/" + engine.precision) || Allows(names, engine.Label());
}

absl::StatusOr<std::vector<TimedEngine>> TimeEngines(const Profile& profile,
                                                     const std::vector<std::string>& allowed,
                                                     const Network& network) {
  std::vector<TimedEngine> engines;
  for (const EngineProfile& engine : profile.engines) {
    if (Allows(allowed, engine)) {
      ASSIGN_OR_RETURN(std::vector<SegmentTime> times, SegmentTimes(engine, network));
      engines.push_back({&engine, std::move(times)});
    }
  }
  if (engines.empty()) {
    return FailedPrecondition("the profile of '{}' has none of the engines that may be used",
                              profile.device);
  }
  if (engines.size() > kMaxEngines) {
    return ResourceExhausted("the profile of '{}' has {} engines, at most {} are planned with",
                             profile.device, engines.size(), kMaxEngines);
  }
  return engines;
}

std::vector<EngineProfile> WithoutTimes(const std::vector<TimedEngine>& engines) {
  std::vector<EngineProfile> described;
  for (const TimedEngine& engine : engines) {
    EngineProfile& profile = described.emplace_back(*engine.profile);
    profile.cuts.clear();
    profile.groups_ns.clear();
  }
  return described;
}

// Codec times of a profile by "cut codec".
using CodecTimes = std::unordered_map<std::string, const CodecTime*>;

CodecTimes TimesOf(const Profile& profile) {
  CodecTimes times;
  for (const CodecTime& time : profile.codecs) {
    times.emplace(time.cut + ' ' + time.codec, &time);
  }
  return times;
}

// The largest stretch of what crosses a cut, as a share of it; the values follow each other. Taking
// all stretches to be that large makes the expected latency one at most.
double LargestStretch(const NetworkCut& cut, const std::string& codec) {
  const absl::StatusOr<CodecSpec> spec = ParseCodecSpec(codec);
  double largest = 0;
  double all = 0;
  bool divided = false;
  for (const Shape& shape : cut.shapes) {
    const auto elements = static_cast<double>(CheckedNumel(shape).value_or(0));
    const uint64_t count = spec.ok() ? StretchCount(*spec, shape) : 1;
    largest = std::max(largest, elements / static_cast<double>(count));
    all += elements;
    divided |= count > 1;
  }
  return divided ? largest / all : 1;
}

class Builder {
 public:
  Builder(const CandidateInputs& inputs, const CandidateOptions& options)
      : inputs_(inputs),
        options_(options),
        edge_codecs_(TimesOf(inputs.edge)),
        cloud_codecs_(TimesOf(inputs.cloud)) {
    for (const CodecRecord& record : inputs.calibration.records) {
      records_[record.cut].push_back(record);
    }
  }

  absl::StatusOr<CandidateSet> Build() {
    ASSIGN_OR_RETURN(edge_, TimeEngines(inputs_.edge, options_.edge_engines, inputs_.network));
    ASSIGN_OR_RETURN(cloud_, TimeEngines(inputs_.cloud, options_.cloud_engines, inputs_.network));
    for (size_t cut = 0; cut < inputs_.network.cuts.size(); ++cut) {
      AddCut(cut);
      if (set_.candidates.size() > kMaxCandidates) {
        return ResourceExhausted(
            "more than {} combinations of cut, codec and engines; allow fewer codecs or engines",
            kMaxCandidates);
      }
    }
    set_.edge_engines = WithoutTimes(edge_);
    set_.cloud_engines = WithoutTimes(cloud_);
    set_.power = inputs_.edge.power;
    set_.front = FrontOf(set_.candidates, set_.power);
    return std::move(set_);
  }

 private:
  // What is known of the codecs at a cut: the calibration's rows, and what needs none.
  std::vector<CodecRecord> RecordsAt(const NetworkCut& cut) const {
    std::vector<CodecRecord> records;
    if (const auto found = records_.find(cut.name); found != records_.end()) {
      records = found->second;
    }
    const auto bytes = static_cast<double>(cut.elements) * kUncodedBytes;
    if (records.empty()) {
      records.push_back(
          {.cut = cut.name, .codec = kUncoded, .bytes_mean = bytes, .bytes_p95 = bytes});
    }
    if (cut.is_input() && inputs_.raw_input_bytes &&
        std::ranges::find(records, kRaw, &CodecRecord::codec) == records.end()) {
      const auto raw = static_cast<double>(*inputs_.raw_input_bytes);
      records.push_back({.cut = cut.name, .codec = kRaw, .bytes_mean = raw, .bytes_p95 = raw});
    }
    std::erase_if(
        records, [&](const CodecRecord& record) { return !Allows(options_.codecs, record.codec); });
    return records;
  }

  bool IsReady(const EngineProfile& engine, const NetworkCut& cut) const {
    const auto ready = options_.ready.find(engine.engine);
    return ready == options_.ready.end() || cut.is_edge() || ready->second.contains(cut.name);
  }

  void AddCut(size_t cut) {
    const NetworkCut& at = inputs_.network.cuts[cut];
    if (at.is_edge() && !options_.whole) {
      return;
    }
    const int first = at.is_input() ? -1 : 0;
    const int last = at.is_input() ? 0 : static_cast<int>(edge_.size());
    const std::vector<CodecRecord> records =
        at.is_edge() ? std::vector<CodecRecord>{CodecRecord{}} : RecordsAt(at);
    std::vector<double> stretches;
    for (const CodecRecord& record : records) {
      stretches.push_back(at.is_edge() ? 1 : LargestStretch(at, record.codec));
    }
    for (int edge = first; edge < last; ++edge) {
      if (edge >= 0 && !IsReady(*edge_[edge].profile, at)) {
        continue;
      }
      for (size_t i = 0; i < records.size(); ++i) {
        const CodecRecord& record = records[i];
        Candidate candidate = OnEdge(at, cut, edge, record);
        candidate.stretch = stretches[i];
        if (at.is_edge()) {
          set_.candidates.push_back(std::move(candidate));
          continue;
        }
        for (size_t cloud = 0; cloud < cloud_.size(); ++cloud) {
          set_.candidates.push_back(candidate);
          AddCloud(cut, static_cast<int>(cloud), record, set_.candidates.back());
        }
      }
    }
  }

  // The edge's part of a candidate; `edge` is -1 where the input is sent.
  Candidate OnEdge(const NetworkCut& at, size_t cut, int edge, const CodecRecord& record) const {
    Candidate candidate{.cut = at.name, .codec = record.codec, .edge_engine = edge};
    candidate.head_ns = inputs_.edge.input.read_ns;
    candidate.depth = at.depth;
    candidate.accuracy_drop = record.accuracy_drop;
    std::optional<double> watts = inputs_.edge.power.compute_watts;
    if (edge >= 0) {
      const TimedEngine& engine = edge_[edge];
      candidate.head_ns =
          candidate.head_ns + inputs_.edge.input.normalize_ns + engine.times[cut].head_ns;
      candidate.memory_bytes = engine.times[cut].memory_bytes;
      candidate.accuracy_drop += engine.profile->accuracy_drop;
      watts = engine.profile->watts ? engine.profile->watts : watts;
    }
    if (!at.is_edge()) {
      const auto time = edge_codecs_.find(at.name + ' ' + record.codec);
      candidate.encode_ns = time == edge_codecs_.end() ? Estimate::Exactly(record.encode_ns)
                                                       : time->second->encode_ns;
      const double spread = std::max(record.bytes_p95 - record.bytes_mean, 0.0);
      candidate.bytes_up = {record.bytes_mean, std::max(record.bytes_mean - spread, 0.0),
                            record.bytes_mean + spread};
      candidate.leakage = at.is_input() ? 1 : std::max(record.leakage_ssim.value_or(1), 0.0);
    }
    candidate.energy_joules = watts.value_or(0) * candidate.edge_ns() * 1e-9;
    return candidate;
  }

  void AddCloud(size_t cut, int cloud, const CodecRecord& record, Candidate& candidate) const {
    const TimedEngine& engine = cloud_[cloud];
    const auto time = cloud_codecs_.find(candidate.cut + ' ' + record.codec);
    candidate.cloud_engine = cloud;
    candidate.decode_ns =
        time == cloud_codecs_.end() ? Estimate::Exactly(record.decode_ns) : time->second->decode_ns;
    if (candidate.sends_input()) {
      candidate.decode_ns = candidate.decode_ns + inputs_.cloud.input.normalize_ns;
    }
    candidate.tail_ns = engine.times[cut].tail_ns;
    candidate.bytes_down = static_cast<double>(inputs_.result_bytes);
    candidate.accuracy_drop += engine.profile->accuracy_drop;
  }

  const CandidateInputs& inputs_;
  const CandidateOptions& options_;
  const CodecTimes edge_codecs_;
  const CodecTimes cloud_codecs_;
  std::unordered_map<std::string, std::vector<CodecRecord>> records_;  // by cut
  std::vector<TimedEngine> edge_;
  std::vector<TimedEngine> cloud_;
  CandidateSet set_;
};

}  // namespace

EngineMask Candidate::needs() const {
  const EngineMask edge = edge_engine < 0 ? 0 : EngineMask{1} << edge_engine;
  return cloud_engine < 0 ? edge : edge | EngineMask{1} << (kMaxEngines + cloud_engine);
}

absl::StatusOr<CandidateSet> MakeCandidates(const CandidateInputs& inputs,
                                            const CandidateOptions& options) {
  RETURN_IF_ERROR(CheckSameModel(inputs.edge, inputs.model));
  RETURN_IF_ERROR(CheckSameModel(inputs.cloud, inputs.model));
  RETURN_IF_ERROR(CheckCalibration(inputs.calibration));
  if (inputs.result_bytes < 0 || inputs.raw_input_bytes.value_or(1) <= 0) {
    return InvalidArgument("the result has {} bytes and the input image {}", inputs.result_bytes,
                           inputs.raw_input_bytes.value_or(1));
  }
  return Builder(inputs, options).Build();
}

std::vector<int> FrontOf(const std::vector<Candidate>& candidates, const Power& power) {
  const bool overlap = std::ranges::any_of(
      candidates, [](const Candidate& candidate) { return candidate.stretch < 1; });
  ParetoPoints points;
  for (const Candidate& candidate : candidates) {
    std::vector<double> values{candidate.edge_ns(),
                               candidate.cloud_ns(),
                               candidate.bytes_up.median,
                               candidate.bytes_up.high,
                               candidate.bytes_down,
                               candidate.energy_joules,
                               candidate.memory_bytes,
                               candidate.accuracy_drop,
                               candidate.leakage,
                               -static_cast<double>(candidate.depth),
                               candidate.sends_input() ? 1.0 : 0.0};
    if (overlap) {
      values.insert(values.end(), {candidate.first_ns(), candidate.last_ns(),
                                   candidate.uses_cloud() ? candidate.stretch : 0,
                                   candidate.first_joules(power)});
    }
    points.dimensions = values.size();
    points.values.insert(points.values.end(), values.begin(), values.end());
    points.needs.push_back(candidate.needs());
  }
  return ParetoFront(points);
}

}  // namespace tideline
