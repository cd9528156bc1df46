#include "protocol/codec/codec_spec.h"

#include <algorithm>
#include <array>
#include <bit>
#include <optional>
#include <vector>

#include "absl/strings/numbers.h"

#include "common/base/strings.h"

namespace tideline {
namespace {

// By number; kAffine has as many names as levels.
constexpr std::array<std::string_view, kQuantizerCount> kQuantizers = {"fp32", "fp16", "",
                                                                       "raw",  "jpeg", "bf16"};
constexpr std::array<std::string_view, kLevelCount> kLevels = {"stored", "zstd", "fast", "dense",
                                                               "progressive"};

Level DefaultLevel(Quantizer quantizer) {
  return quantizer == Quantizer::kJpeg ? Level::kStored : Level::kZstd;
}

std::string AffineName(int levels) {
  const auto count = static_cast<unsigned>(levels);
  return std::has_single_bit(count) ? fmt::format("int{}", std::countr_zero(count))
                                    : fmt::format("q{}", levels);
}

// The number after `prefix` where the name is nothing else and the number is canonical: "q16".
std::optional<int> NumberAfter(std::string_view prefix, std::string_view name) {
  int number = 0;
  if (!name.starts_with(prefix) || !absl::SimpleAtoi(ToAbsl(name.substr(prefix.size())), &number) ||
      name != fmt::format("{}{}", prefix, number)) {
    return std::nullopt;
  }
  return number;
}

// Levels of intN and qL. Errors: InvalidArgument for a number outside the limits.
absl::StatusOr<std::optional<int>> AffineLevels(std::string_view name, std::string_view text) {
  if (const std::optional<int> bits = NumberAfter("int", name)) {
    if (*bits < 1 || *bits > 8) {
      return InvalidArgument("codec '{}': int1 to int8 exist, not '{}'", text, name);
    }
    return std::optional<int>(1 << *bits);
  }
  const std::optional<int> levels = NumberAfter("q", name);
  if (levels && (*levels < kMinLevels || *levels > kMaxLevels)) {
    return InvalidArgument("codec '{}': q{} to q{} exist, not '{}'", text, kMinLevels, kMaxLevels,
                           name);
  }
  return levels;
}

absl::Status ReadQuantizer(std::string_view name, std::string_view text, CodecSpec& spec) {
  ASSIGN_OR_RETURN(const std::optional<int> levels, AffineLevels(name, text));
  if (levels) {
    spec.quantizer = Quantizer::kAffine;
    spec.levels = *levels;
    return absl::OkStatus();
  }
  const auto found = std::ranges::find(kQuantizers, name);
  if (found == kQuantizers.end() || name.empty()) {
    const std::vector<std::string> candidates = {"fp32", "fp16", "bf16", "int8", "raw", "jpeg"};
    return InvalidArgument(
        "codec '{}': '{}' is no quantizer, expected one of fp32, fp16, bf16, int1 to int8, q2 to "
        "q256, raw, jpeg{}",
        text, name, DidYouMean(name, candidates));
  }
  spec.quantizer = static_cast<Quantizer>(found - kQuantizers.begin());
  return absl::OkStatus();
}

absl::StatusOr<Level> ReadLevel(std::string_view name, std::string_view text) {
  const auto found = std::ranges::find(kLevels, name);
  if (found == kLevels.end()) {
    const std::vector<std::string> candidates(kLevels.begin(), kLevels.end());
    return InvalidArgument("codec '{}': '{}' is no level, expected one of {}{}", text, name,
                           fmt::join(kLevels, ", "), DidYouMean(name, candidates));
  }
  return static_cast<Level>(found - kLevels.begin());
}

}  // namespace

absl::StatusOr<CodecSpec> ParseCodecSpec(std::string_view text) {
  const size_t end = std::min(text.find_first_of("/:"), text.size());
  CodecSpec spec;
  RETURN_IF_ERROR(ReadQuantizer(text.substr(0, end), text, spec));
  spec.level = DefaultLevel(spec.quantizer);
  if (end == text.size()) {
    return spec;
  }
  const std::string_view rest = text.substr(end + 1);
  if (spec.quantizer == Quantizer::kJpeg) {
    if (text[end] != ':' || !absl::SimpleAtoi(ToAbsl(rest), &spec.jpeg_quality) ||
        spec.jpeg_quality < 1 || spec.jpeg_quality > 100) {
      return InvalidArgument("codec '{}': expected jpeg or jpeg:QUALITY with 1 to 100", text);
    }
    return spec;
  }
  if (text[end] == ':') {
    return InvalidArgument("codec '{}': only jpeg takes a quality; write {}/LEVEL", text,
                           text.substr(0, end));
  }
  ASSIGN_OR_RETURN(spec.level, ReadLevel(rest, text));
  if (IsLossless(spec.level) && spec.quantizer != Quantizer::kAffine) {
    return InvalidArgument("codec '{}': level {} codes int1 to int8 and q2 to q256 alone", text,
                           rest);
  }
  return spec;
}

std::string ToString(const CodecSpec& spec) {
  std::string text = spec.quantizer == Quantizer::kAffine
                         ? AffineName(spec.levels)
                         : std::string(kQuantizers[static_cast<size_t>(spec.quantizer)]);
  if (spec.quantizer == Quantizer::kJpeg && spec.jpeg_quality != kDefaultJpegQuality) {
    text += fmt::format(":{}", spec.jpeg_quality);
  }
  if (spec.level != DefaultLevel(spec.quantizer)) {
    text += fmt::format("/{}", kLevels[static_cast<size_t>(spec.level)]);
  }
  return text;
}

}  // namespace tideline
