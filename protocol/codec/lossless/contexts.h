#pragma once

#include <algorithm>
#include <array>
#include <bit>
#include <cstddef>
#include <cstdint>
#include <vector>

// Adaptive probabilities, and where those of each kind of decision lie.
namespace tideline::lossless {

// The chance of a 1, learned quickly at first and slower with each decision seen.
class AdaptiveBit {
 public:
  static constexpr uint32_t kMaxCount = 1023;
  AdaptiveBit() = default;
  // `p22` in 1/2^22, `count` of decisions that it counts for.
  AdaptiveBit(uint32_t p22, uint32_t count) : state_(p22 << 10 | count) {}

  uint32_t p22() const { return state_ >> 10; }
  uint32_t count() const { return state_ & kMaxCount; }
  // In 1/65536, from 32 to 65503.
  uint32_t probability() const {
    return static_cast<uint32_t>((uint64_t{p22()} * (65536 - 64)) >> 22) + 32;
  }

  void Update(int bit, uint32_t limit) {
    const int64_t target = -bit & ((1 << 22) - 1);
    const int64_t p = p22();
    const uint32_t n = count();
    const auto next = static_cast<uint32_t>(p + ((target - p) * kRate[n] >> 16));
    state_ = next << 10 | (n + static_cast<uint32_t>(n < limit));
  }

 private:
  // 65536 / (n + 1.6)
  static constexpr std::array<uint16_t, kMaxCount + 1> kRate = [] {
    std::array<uint16_t, kMaxCount + 1> rate{};
    for (uint32_t n = 0; n <= kMaxCount; ++n) {
      rate[n] = static_cast<uint16_t>(655360 / (10 * n + 16));
    }
    return rate;
  }();

  uint32_t state_ = 1u << 31;  // 1/2, nothing seen
};

// Half octaves: 0 for 0, then 2 and 3 for 1 and 1.5, 4 and 5 for 2 and 3, and so on.
inline int HalfOctaves(uint32_t x) {
  const int width = std::bit_width(x);
  return width < 2 ? 2 * width : 2 * width + static_cast<int>(x >> (width - 2) & 1);
}

// Classes that contexts are made of.
inline constexpr int kActivities = 24;     // log2 of the neighbours' errors, in half octaves
inline constexpr int kFractions = 4;       // where between two integers the prediction lies
inline constexpr int kBounds = 16;         // distances of the prediction from both ends
inline constexpr int kDistances = 18;      // of the prediction from zero, in errors, signed
inline constexpr int kZeroNeighbours = 8;  // which of three neighbours are zero
inline constexpr int kSteps = 6;           // magnitudes told apart one by one
inline constexpr int kBuckets = 9;         // log2 of a magnitude
inline constexpr int kEnds = 4;            // coarse distances from both ends

// First contexts of each kind of decision.
inline constexpr int kEmptyChannel = 0;
inline constexpr int kZero = kEmptyChannel + 1;
inline constexpr int kHit = kZero + kDistances * (kActivities / 2) * kZeroNeighbours;
inline constexpr int kSign = kHit + kFractions * kActivities * kBounds;
inline constexpr int kMore = kSign + kFractions * (kActivities / 2) * kBounds;
inline constexpr int kBucketTree = kMore + kSteps * (kActivities / 2) * 2 * kBounds;
inline constexpr int kTreeSign = kBucketTree + 9 * kActivities * kEnds;
inline constexpr int kUpperBit = kTreeSign + 4 * kFractions * (kActivities / 2) * kEnds;
inline constexpr int kContexts = kUpperBit + kBuckets * kActivities;

// One adaptive bit for each context.
using Contexts = std::array<AdaptiveBit, kContexts>;

// Most significant part first: in layer i, the symbol's distance from zero is known without its
// lowest shifts[i] bits.
std::vector<int> LayerShifts(int levels, bool progressive);

// Which contexts a layer uses: 0 where there is one layer, 1 for the first of several, 2 and on for
// the next.
inline constexpr int kContextSets = 4;
inline int ContextSet(size_t layer, size_t layers) {
  return layers == 1 ? 0 : static_cast<int>(layer) + 1;
}

}  // namespace tideline::lossless
