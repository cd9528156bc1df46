#include "partitioner/calibrator/settings.h"

#include <algorithm>
#include <utility>

#include "absl/strings/str_split.h"

#include "common/base/strings.h"
#include "common/program/costs.h"

namespace tideline {
namespace {

bool IsNumber(const std::string& text) {
  return !text.empty() && text.size() <= 6 &&
         text.find_first_not_of("0123456789") == std::string::npos;
}

}  // namespace

absl::StatusOr<std::vector<CodecSpec>> ParseCodecs(const std::string& text, bool images) {
  std::vector<CodecSpec> specs;
  for (const absl::string_view part : absl::StrSplit(text, ',', absl::SkipEmpty())) {
    ASSIGN_OR_RETURN(const CodecSpec spec, ParseCodecSpec(ToStd(part)));
    if (IsImage(spec) != images) {
      return InvalidArgument(
          "codec '{}': raw and jpeg are for the cut 'input', others for the rest", ToString(spec));
    }
    specs.push_back(spec);
  }
  std::ranges::stable_sort(specs, [](const CodecSpec& a, const CodecSpec& b) {
    return std::pair(a.quantizer, -a.levels) < std::pair(b.quantizer, -b.levels);
  });
  return specs;
}

std::vector<Frontier> WorthCutting(const Program& program, const FrontierTable& frontiers) {
  const int64_t input_elements = FrontierElements(program, frontiers.input());
  std::vector<Frontier> cuts;
  for (const Frontier& cut : frontiers.single()) {
    if (FrontierElements(program, cut) / 4 < input_elements) {
      cuts.push_back(cut);
    }
  }
  return cuts;
}

absl::StatusOr<std::vector<Frontier>> SelectCuts(
    const std::string& text, const FrontierTable& frontiers,
    const std::function<std::vector<Frontier>(size_t)>& choose) {
  if (text == "all") {
    return frontiers.single();
  }
  if (IsNumber(text)) {
    return choose(std::stoul(text));
  }
  std::vector<Frontier> cuts;
  for (const absl::string_view name : absl::StrSplit(text, ',', absl::SkipEmpty())) {
    ASSIGN_OR_RETURN(Frontier cut, frontiers.Find(ToStd(name)));
    if (cut.is_input() || cut.is_edge()) {
      return InvalidArgument("--cuts {}: is no cut inside the network", cut.name);
    }
    cuts.push_back(std::move(cut));
  }
  return cuts;
}

}  // namespace tideline
