#pragma once

#include <algorithm>
#include <array>
#include <cstddef>
#include <cstdint>

// Probabilities that follow what is coded: quickly at first, slower with each decision seen.
namespace tideline::lossless {

inline constexpr int kMaxCount = 1023;

// 65536 / (n + 1.6)
inline constexpr std::array<uint16_t, kMaxCount + 1> kRates = [] {
  std::array<uint16_t, kMaxCount + 1> rates{};
  for (int n = 0; n <= kMaxCount; ++n) {
    rates[n] = static_cast<uint16_t>(655360 / (10 * n + 16));
  }
  return rates;
}();

// The chance of a 1: learned slowly and quickly; their mean counts.
inline constexpr int kFastBitLimit = 24;
inline constexpr int kBitLimit = 250;
class AdaptiveBit {
 public:
  AdaptiveBit() = default;
  // `p22` in 1/2^22, `count` of decisions that it counts for.
  AdaptiveBit(uint32_t p22, int count)
      : slow_(p22 << 10 | static_cast<uint32_t>(count)), fast_(p22 << 10) {}

  uint32_t p22() const { return slow_ >> 10; }
  int count() const { return static_cast<int>(slow_ & kMaxCount); }
  // In 1/65536, from 16 to 65519.
  uint32_t probability() const {
    const uint32_t p16 = (slow_ >> 17) + (fast_ >> 17);
    return (p16 * (65536 - 32) >> 16) + 16;
  }

  void Update(int bit, int limit) {
    const int64_t target = -bit & ((1 << 22) - 1);
    const int64_t slow = p22();
    const int64_t fast = fast_ >> 10;
    const int n = count();
    const auto next = static_cast<uint32_t>(slow + ((target - slow) * kRates[n] >> 16));
    slow_ = next << 10 | static_cast<uint32_t>(n + (n < limit ? 1 : 0));
    fast_ =
        static_cast<uint32_t>(fast + ((target - fast) * kRates[std::min(n, kFastBitLimit)] >> 16))
        << 10;
  }

 private:
  uint32_t slow_ = 1u << 31;  // 1/2, nothing seen
  uint32_t fast_ = 1u << 31;
};

// The chances of 16 symbols.
inline constexpr int kSymbols = 16;
inline constexpr int kSymbolScale = 1 << 15;
inline constexpr int kFastLimit = 40;
inline constexpr int kSymbolLimit = 500;  // symbols after which chances become no slower

struct alignas(64) AdaptiveSymbol {
  // The chance of a symbol up to i for i < 15, in 1/32768, learned slowly and quickly; the mean of
  // the two counts. The last of the slow ones is the number of symbols seen. Not set by default.
  std::array<int16_t, kSymbols> slow;
  std::array<int16_t, kSymbols> fast;

  int count() const { return slow[kSymbols - 1]; }
  void SetCount(int count) { slow[kSymbols - 1] = static_cast<int16_t>(count); }
};

// What a step towards a symbol is made of, for vectors of all chances.
inline constexpr std::array<int16_t, kMaxCount + 1> kSymbolRates = [] {
  std::array<int16_t, kMaxCount + 1> rates{};
  for (int n = 0; n <= kMaxCount; ++n) {
    rates[n] = static_cast<int16_t>(std::min<int>(kRates[n], 32767));
  }
  return rates;
}();
inline constexpr std::array<int16_t, 2 * kSymbols> kSymbolTargets = [] {  // from kSymbols - symbol
  std::array<int16_t, 2 * kSymbols> targets{};
  for (size_t i = kSymbols; i < targets.size(); ++i) {
    targets[i] = kSymbolScale - 1;
  }
  return targets;
}();
template <typename T>
struct alignas(32) PerSymbol : std::array<T, kSymbols> {};
inline constexpr PerSymbol<int16_t> kChancesOnly = {-1, -1, -1, -1, -1, -1, -1, -1,
                                                    -1, -1, -1, -1, -1, -1, -1, 0};
inline constexpr std::array<PerSymbol<int16_t>, 2> kCountSteps = {
    {{}, {0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 1}}};
inline constexpr PerSymbol<uint16_t> kLeastEnds = {1, 2,  3,  4,  5,  6,  7,  8,
                                                   9, 10, 11, 12, 13, 14, 15, 16};
inline constexpr PerSymbol<uint16_t> kLastSymbol = {0, 0, 0, 0, 0, 0, 0, 0,
                                                    0, 0, 0, 0, 0, 0, 0, 0xFFFF};

// Chances in the proportion of the weights, whose sum is above 0 and below 2^48; they count for
// `count` symbols.
using Weights = std::array<uint64_t, kSymbols>;
AdaptiveSymbol FromWeights(const Weights& weights, int count);

// The weights of a symbol's chances; their sum is 32768.
Weights ToWeights(const AdaptiveSymbol& state);

}  // namespace tideline::lossless
