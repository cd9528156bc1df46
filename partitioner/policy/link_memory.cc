#include "partitioner/policy/link_memory.h"

#include <cmath>
#include <utility>

#include <nlohmann/json.hpp>

#include "partitioner/policy/recent_samples.h"

namespace tideline {
namespace {

using Json = nlohmann::json;

constexpr int kMaxDepth = 8;  // of the text; ours has 4
constexpr double kMaxAge = 100 * 366 * 24 * 3600.0;
constexpr double kMaxValue = 1e15;  // bits per second or nanoseconds

// Gives up where the text is nested too deep, so that nothing recurses with it.
absl::StatusOr<Json> ParseJson(std::string_view text) {
  bool too_deep = false;
  const auto keep = [&](int depth, Json::parse_event_t, Json&) {
    too_deep = too_deep || depth > kMaxDepth;
    return !too_deep;
  };
  Json json = Json::parse(text, keep, /*allow_exceptions=*/false);
  if (too_deep || json.is_discarded() || !json.is_object()) {
    return DataLoss("this is no JSON object of a link's state");
  }
  return json;
}

absl::StatusOr<double> Number(const Json& sample, size_t index, double least, double most) {
  const Json& value = sample[index];
  const double number = value.is_number() ? value.get<double>() : std::nan("");
  if (!(number >= least && number <= most)) {
    return InvalidArgument("{} is not a number from {} to {}", value.dump().substr(0, 40), least,
                           most);
  }
  return number;
}

absl::StatusOr<std::vector<SavedSample>> ReadSamples(const Json& json) {
  if (!json.is_array() || json.size() > RecentSamples::kMost) {
    return InvalidArgument("a list of at most {} pairs of age and value is needed",
                           RecentSamples::kMost);
  }
  std::vector<SavedSample> samples;
  for (const Json& pair : json) {
    if (!pair.is_array() || pair.size() != 2) {
      return InvalidArgument("{} is no pair of age and value", pair.dump().substr(0, 40));
    }
    SavedSample sample;
    ASSIGN_OR_RETURN(sample.age_seconds, Number(pair, 0, 0, kMaxAge));
    ASSIGN_OR_RETURN(sample.value, Number(pair, 1, 1e-6, kMaxValue));
    if (!samples.empty() && sample.age_seconds > samples.back().age_seconds) {
      return InvalidArgument(
          "a sample of {:.3g} s comes after one of {:.3g} s; the oldest is first",
          sample.age_seconds, samples.back().age_seconds);
    }
    samples.push_back(sample);
  }
  return samples;
}

absl::StatusOr<LinkMemory> ReadState(std::string_view text) {
  if (text.size() > kMaxLinkMemoryBytes) {
    return ResourceExhausted("{} bytes; a link's state has at most {}", text.size(),
                             kMaxLinkMemoryBytes);
  }
  ASSIGN_OR_RETURN(const Json json, ParseJson(text));
  if (const auto version = json.find("version");
      version == json.end() || !version->is_number_integer() || *version != kLinkMemoryVersion) {
    return Unimplemented("this reads version {} of a link's state; delete the file to begin anew",
                         kLinkMemoryVersion);
  }
  LinkMemory state;
  const std::pair<const char*, std::vector<SavedSample>*> lists[] = {
      {"up", &state.up}, {"down", &state.down}, {"round_trip", &state.round_trip}};
  for (const auto& [key, samples] : lists) {
    const auto found = json.find(key);
    if (found == json.end()) {
      return InvalidArgument("{} is missing", key);
    }
    absl::StatusOr<std::vector<SavedSample>> read = ReadSamples(*found);
    if (!read.ok()) {
      return Annotate(read.status(), key);
    }
    *samples = *std::move(read);
  }
  return state;
}

Json WriteSamples(const std::vector<SavedSample>& samples) {
  Json list = Json::array();
  for (const SavedSample& sample : samples) {
    list.push_back(Json::array({sample.age_seconds, sample.value}));
  }
  return list;
}

}  // namespace

absl::StatusOr<LinkMemory> ParseLinkMemory(std::string_view text, const std::string& filename) {
  absl::StatusOr<LinkMemory> state = ReadState(text);
  if (!state.ok()) {
    return Annotate(state.status(), filename);
  }
  return state;
}

std::string FormatLinkMemory(const LinkMemory& state) {
  return Json{{"version", kLinkMemoryVersion},
              {"up", WriteSamples(state.up)},
              {"down", WriteSamples(state.down)},
              {"round_trip", WriteSamples(state.round_trip)}}
             .dump() +
         "\n";
}

}  // namespace tideline
