#pragma once

#include <cstdint>
#include <string>
#include <string_view>

#include "absl/time/time.h"

#include "common/base/status.h"

// Values with units as people write them in files and on command lines. Every parser is strict (no
// sign, no blanks, no exponent) and pure; its error says what was read and what would be right.
// Format writes the shortest text that its parser reads back as the same value.
namespace tideline {

struct ByteCount {
  int64_t count = 0;
  auto operator<=>(const ByteCount&) const = default;
};

struct BitRate {
  double bits_per_second = 0;
  auto operator<=>(const BitRate&) const = default;
};

struct Frequency {
  double per_second = 0;
  auto operator<=>(const Frequency&) const = default;
};

struct Fraction {
  double value = 0;  // 0 to 1
  auto operator<=>(const Fraction&) const = default;
};

// "250us", "80ms", "2s", "1.5m", "1h"; at most 10,000 hours.
absl::StatusOr<absl::Duration> ParseDuration(std::string_view text);
std::string Format(absl::Duration duration);

// "512", "100kB", "4MiB", "1.5GiB": a whole number of bytes, at most 2^60.
absl::StatusOr<ByteCount> ParseByteCount(std::string_view text);
std::string Format(ByteCount bytes);

// "130kbps", "5.85Mbps", "1Gbps": bits, never bytes; at most 1000 Gbps.
absl::StatusOr<BitRate> ParseBitRate(std::string_view text);
std::string Format(BitRate rate);

// "10" or "10/s", "30/m"; at most 1,000,000 per second.
absl::StatusOr<Frequency> ParseFrequency(std::string_view text);
std::string Format(Frequency frequency);

// "1%" or "0.01"; from 0 to 1.
absl::StatusOr<Fraction> ParseFraction(std::string_view text);
std::string Format(Fraction fraction);

}  // namespace tideline
