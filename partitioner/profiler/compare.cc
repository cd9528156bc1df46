#include "partitioner/profiler/compare.h"

#include <algorithm>
#include <map>
#include <utility>

namespace tideline {
namespace {

double Divide(double a, double b) { return b > 0 ? a / b : 0; }

ComparedTime Compare(const std::string& engine, const std::string& cut, const std::string& what,
                     const Estimate& first, const Estimate& second) {
  return {engine,
          cut,
          what,
          first,
          second,
          {.median = Divide(second.median, first.median),
           .low = Divide(second.low, first.high),
           .high = Divide(second.high, first.low)}};
}

void CompareEngines(const EngineProfile& first, const EngineProfile& second,
                    std::vector<ComparedTime>& times) {
  const std::string label = first.Label();
  times.push_back(Compare(label, "edge", "whole", first.whole_ns, second.whole_ns));
  for (const CutTime& cut : first.cuts) {
    const auto other = std::ranges::find(second.cuts, cut.cut, &CutTime::cut);
    if (other != second.cuts.end()) {
      times.push_back(Compare(label, cut.cut, "head", cut.head_ns, other->head_ns));
      times.push_back(Compare(label, cut.cut, "tail", cut.tail_ns, other->tail_ns));
    }
  }
}

void CompareCodecs(const std::vector<CodecTime>& first, const std::vector<CodecTime>& second,
                   std::vector<ComparedTime>& times) {
  std::map<std::pair<std::string, std::string>, const CodecTime*> others;
  for (const CodecTime& codec : second) {
    others[{codec.cut, codec.codec}] = &codec;
  }
  for (const CodecTime& codec : first) {
    if (const auto found = others.find({codec.cut, codec.codec}); found != others.end()) {
      const CodecTime& other = *found->second;
      times.push_back(
          Compare("", codec.cut, "encode " + codec.codec, codec.encode_ns, other.encode_ns));
      times.push_back(
          Compare("", codec.cut, "decode " + codec.codec, codec.decode_ns, other.decode_ns));
    }
  }
}

const EngineProfile* Find(const Profile& profile, const std::string& label) {
  const auto found = std::ranges::find(profile.engines, label, &EngineProfile::Label);
  return found == profile.engines.end() ? nullptr : &*found;
}

}  // namespace

absl::StatusOr<Comparison> CompareProfiles(const Profile& first, const Profile& second) {
  if (first.model.sha256 != second.model.sha256) {
    return FailedPrecondition(
        "the first profile is of model {} (SHA-256 {:.12}…), the second of {} ({:.12}…); profiles "
        "of one model can be compared",
        first.model.name, first.model.sha256, second.model.name, second.model.sha256);
  }
  RETURN_IF_ERROR(CheckSameModel(second, first.model));
  Comparison comparison;
  for (const EngineProfile& engine : first.engines) {
    if (const EngineProfile* other = Find(second, engine.Label())) {
      CompareEngines(engine, *other, comparison.times);
    } else {
      comparison.only_first.push_back(engine.Label());
    }
  }
  for (const EngineProfile& engine : second.engines) {
    if (Find(first, engine.Label()) == nullptr) {
      comparison.only_second.push_back(engine.Label());
    }
  }
  CompareCodecs(first.codecs, second.codecs, comparison.times);
  return comparison;
}

}  // namespace tideline
