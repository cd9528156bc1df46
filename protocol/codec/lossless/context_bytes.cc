#include "protocol/codec/lossless/context_bytes.h"

#include <algorithm>
#include <array>
#include <bit>
#include <cmath>

namespace tideline::lossless {
namespace {

// A bit's chance in a byte: which side of 1/2, and the rarer side's in eighths of an octave.
uint8_t PackChance(uint32_t p22) {
  const bool high = p22 >= (1u << 21);
  const uint32_t rare = std::max(high ? (1u << 22) - p22 : p22, 1u << 7);
  const int width = std::bit_width(rare);  // 8 to 22
  const uint32_t mantissa = rare >> (width - 4) & 7;
  const uint32_t code = std::min<uint32_t>((width - 8) * 8 + mantissa, 127);
  return static_cast<uint8_t>(code | (high ? 0x80 : 0));
}

uint32_t UnpackChance(uint8_t packed) {
  const int width = 8 + (packed >> 3 & 15);
  const uint32_t mantissa = 8 | (packed & 7);
  const uint32_t rare = (mantissa * 2 + 1) << (width - 5);  // the middle of the interval
  return (packed & 0x80) != 0 ? (1u << 22) - rare : std::min(rare, (1u << 22) - 1);
}

// A symbol's chance, in sixteenths of an octave below 1.
constexpr int kParts = 16;
constexpr int kLeast = 15 * kParts;

uint8_t PackWeight(uint64_t weight) {
  if (weight == 0) {
    return kLeast;
  }
  const double octaves = std::log2(static_cast<double>(kSymbolScale) / static_cast<double>(weight));
  return static_cast<uint8_t>(std::clamp<long>(std::lround(octaves * kParts), 0, kLeast));
}

// 2^(31 - packed / 16)
uint64_t UnpackWeight(uint8_t packed) {
  constexpr std::array<uint64_t, kParts> kFractions = {32768, 31379, 30048, 28774, 27554, 26386,
                                                       25268, 24196, 23170, 22188, 21247, 20347,
                                                       19484, 18658, 17867, 17109};
  return (kFractions[packed % kParts] << 16) >> (packed / kParts);
}

absl::StatusOr<int> ReadCount(std::byte byte, int most) {
  const int count = static_cast<int>(byte);
  if (count > most) {
    return DataLoss("lossless tables: a context counts for {} decisions, at most {} are possible",
                    count, most);
  }
  return count;
}

}  // namespace

void AppendContexts(const Contexts& contexts, std::string& out) {
  const auto put = [&out](auto value) { out.push_back(static_cast<char>(value)); };
  for (const AdaptiveBit& bit : contexts.bits) {
    put(std::min(bit.count(), kMaxConfidence));
  }
  for (const AdaptiveBit& bit : contexts.bits) {
    put(PackChance(bit.p22()));
  }
  for (const AdaptiveSymbol& state : contexts.symbols) {
    put(std::min(state.count(), kMaxSymbolConfidence));
  }
  for (const AdaptiveSymbol& state : contexts.symbols) {
    for (const uint64_t weight : ToWeights(state)) {
      put(state.count() == 0 ? uint8_t{0} : PackWeight(weight));
    }
  }
}

absl::Status ReadContexts(std::span<const std::byte> bytes, Contexts& contexts) {
  const std::byte* counts = bytes.data();
  const std::byte* chances = counts + kBitContexts;
  for (int i = 0; i < kBitContexts; ++i) {
    ASSIGN_OR_RETURN(const int count, ReadCount(counts[i], kMaxConfidence));
    if (count > 0) {
      contexts.bits[i] = AdaptiveBit(UnpackChance(static_cast<uint8_t>(chances[i])), count);
    }
  }
  counts = chances + kBitContexts;
  const std::byte* weights = counts + kSymbolContexts;
  for (int i = 0; i < kSymbolContexts; ++i, weights += kSymbols) {
    ASSIGN_OR_RETURN(const int count, ReadCount(counts[i], kMaxSymbolConfidence));
    if (count > 0) {
      Weights all;
      std::transform(weights, weights + kSymbols, all.begin(),
                     [](std::byte byte) { return UnpackWeight(static_cast<uint8_t>(byte)); });
      contexts.symbols[i] = FromWeights(all, count);
    }
  }
  return absl::OkStatus();
}

}  // namespace tideline::lossless
