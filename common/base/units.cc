#include "common/base/units.h"

#include <array>
#include <charconv>
#include <cmath>
#include <span>

namespace tideline {
namespace {

struct Unit {
  std::string_view name;
  double scale;
  double divisor = 1;  // apart from the scale, so that 7% is exactly 0.07
};

constexpr std::array<Unit, 6> kDurationUnits = {
    {{"h", 3.6e12}, {"m", 6e10}, {"s", 1e9}, {"ms", 1e6}, {"us", 1e3}, {"ns", 1}}};  // nanoseconds
constexpr std::array<Unit, 10> kByteUnits = {{{"TiB", 1099511627776.0},
                                              {"TB", 1e12},
                                              {"GiB", 1073741824.0},
                                              {"GB", 1e9},
                                              {"MiB", 1048576.0},
                                              {"MB", 1e6},
                                              {"KiB", 1024.0},
                                              {"kB", 1e3},
                                              {"", 1},
                                              {"B", 1}}};
constexpr std::array<Unit, 4> kBitRateUnits = {
    {{"Gbps", 1e9}, {"Mbps", 1e6}, {"kbps", 1e3}, {"bps", 1}}};
constexpr std::array<Unit, 3> kFrequencyUnits = {{{"/s", 1}, {"/m", 1, 60}, {"", 1}}};
constexpr std::array<Unit, 2> kFractionUnits = {{{"%", 1, 100}, {"", 1}}};

constexpr double kMaxNanoseconds = 3.6e16;  // 10,000 hours
constexpr double kMaxByteCount = 1152921504606846976.0;
constexpr double kMaxBitsPerSecond = 1e12;
constexpr double kMaxPerSecond = 1e6;

// What a kind of value is called, how it is written, and what it may be.
struct Grammar {
  std::string_view kind;
  std::string_view example;
  std::span<const Unit> units;
  double max;
  std::string_view max_text;
};

constexpr Grammar kDuration = {"a duration", "80ms, 2s or 1.5m", kDurationUnits, kMaxNanoseconds,
                               "10000h"};
constexpr Grammar kByteCount = {"a number of bytes", "512, 100kB or 4MiB", kByteUnits,
                                kMaxByteCount, "1048576TiB"};
constexpr Grammar kBitRate = {"a bit rate", "130kbps, 5.85Mbps or 1Gbps", kBitRateUnits,
                              kMaxBitsPerSecond, "1000Gbps"};
constexpr Grammar kFrequency = {"a frequency", "10, 0.5/s or 30/m", kFrequencyUnits, kMaxPerSecond,
                                "1000000/s"};
constexpr Grammar kFraction = {"a fraction", "1% or 0.01", kFractionUnits, 1.0, "100%"};

// The value in the grammar's base unit, or InvalidArgument.
absl::StatusOr<double> Parse(const Grammar& grammar, std::string_view text) {
  double number = 0;
  const char* end = text.data() + text.size();
  const bool starts_with_digit = !text.empty() && text[0] >= '0' && text[0] <= '9';
  if (starts_with_digit) {
    const auto result = std::from_chars(text.data(), end, number, std::chars_format::fixed);
    const std::string_view name(result.ptr, static_cast<size_t>(end - result.ptr));
    for (const Unit& unit : grammar.units) {
      if (result.ec == std::errc() && name == unit.name) {
        const double value = number * unit.scale / unit.divisor;
        if (value > grammar.max) {
          return InvalidArgument("'{}' is more than the largest that is accepted, {}", text,
                                 grammar.max_text);
        }
        return value;
      }
    }
  }
  return InvalidArgument("'{}' is not {}; write for example {}", text, grammar.kind,
                         grammar.example);
}

// The shortest decimal text without an exponent that reads back as `number`.
std::string Decimal(double number) {
  std::array<char, 512> buffer;
  const auto result =
      std::to_chars(buffer.data(), buffer.data() + buffer.size(), number, std::chars_format::fixed);
  return std::string(buffer.data(), result.ptr);
}

// The shortest of the texts, one per unit that is not above the value, that `same` accepts.
template <typename Same>
std::string Shortest(std::span<const Unit> units, double value, const Same& same) {
  std::string best;
  for (const Unit& unit : units) {
    if (unit.scale > value) {
      continue;
    }
    std::string text = Decimal(value / unit.scale) + std::string(unit.name);
    if ((best.empty() || text.size() < best.size()) && same(text)) {
      best = std::move(text);
    }
  }
  return best;
}

}  // namespace

absl::StatusOr<absl::Duration> ParseDuration(std::string_view text) {
  ASSIGN_OR_RETURN(const double value, Parse(kDuration, text));
  return absl::Nanoseconds(std::llround(value));
}

std::string Format(absl::Duration duration) {
  if (duration == absl::InfiniteDuration()) {
    return "infinite";
  }
  const int64_t nanoseconds = absl::ToInt64Nanoseconds(duration);
  if (nanoseconds == 0) {
    return "0s";
  }
  if (nanoseconds < 0) {
    return "-" + Format(absl::Nanoseconds(-nanoseconds));
  }
  const auto same = [&](std::string_view text) {
    const auto parsed = ParseDuration(text);
    return parsed.ok() && *parsed == absl::Nanoseconds(nanoseconds);
  };
  const std::string text = Shortest(kDurationUnits, static_cast<double>(nanoseconds), same);
  return text.empty() ? fmt::format("{}ns", nanoseconds) : text;
}

absl::StatusOr<ByteCount> ParseByteCount(std::string_view text) {
  ASSIGN_OR_RETURN(const double value, Parse(kByteCount, text));
  const double whole = std::round(value);
  if (std::abs(value - whole) > 1e-12 * value) {  // 4.35kB is 4350.0000000000009 in double
    return InvalidArgument("'{}' is not a whole number of bytes", text);
  }
  return ByteCount{static_cast<int64_t>(whole)};
}

std::string Format(ByteCount bytes) {
  const auto same = [&](std::string_view text) {
    const auto parsed = ParseByteCount(text);
    return parsed.ok() && *parsed == bytes;
  };
  const std::string text = Shortest(kByteUnits, static_cast<double>(bytes.count), same);
  return text.empty() ? fmt::format("{}", bytes.count) : text;
}

absl::StatusOr<BitRate> ParseBitRate(std::string_view text) {
  ASSIGN_OR_RETURN(const double value, Parse(kBitRate, text));
  return BitRate{value};
}

std::string Format(BitRate rate) {
  const auto same = [&](std::string_view text) {
    const auto parsed = ParseBitRate(text);
    return parsed.ok() && *parsed == rate;
  };
  const std::string text = Shortest(kBitRateUnits, rate.bits_per_second, same);
  return text.empty() ? Decimal(rate.bits_per_second) + "bps" : text;
}

absl::StatusOr<Frequency> ParseFrequency(std::string_view text) {
  ASSIGN_OR_RETURN(const double value, Parse(kFrequency, text));
  return Frequency{value};
}

std::string Format(Frequency frequency) { return Decimal(frequency.per_second) + "/s"; }

absl::StatusOr<Fraction> ParseFraction(std::string_view text) {
  ASSIGN_OR_RETURN(const double value, Parse(kFraction, text));
  return Fraction{value};
}

std::string Format(Fraction fraction) {
  const std::string percent = Decimal(fraction.value * 100) + "%";
  const auto parsed = ParseFraction(percent);
  return parsed.ok() && *parsed == fraction ? percent : Decimal(fraction.value);
}

}  // namespace tideline
