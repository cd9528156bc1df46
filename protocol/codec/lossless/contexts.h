#pragma once

#include <algorithm>
#include <array>
#include <bit>
#include <cstddef>
#include <cstdint>
#include <vector>

#include "protocol/codec/lossless/adaptive.h"

// Where the probabilities of each kind of decision lie.
namespace tideline::lossless {

// Half octaves: 0 for 0, then 2 and 3 for 1 and 1.5, 4 and 5 for 2 and 3, and so on.
inline int HalfOctaves(uint32_t x) {
  const int width = std::bit_width(x);
  return width < 2 ? 2 * width : 2 * width + static_cast<int>(x >> (width - 2) & 1);
}

// Classes that contexts are made of.
inline constexpr int kActivities = 24;  // log2 of the neighbours' errors, in half octaves
inline constexpr int kFractions = 4;    // where between two integers the prediction lies
inline constexpr int kPositions = 64;   // quarters from the least of few values to the prediction
inline constexpr int kDistances = 18;   // of the prediction from zero, in errors, signed
inline constexpr int kZeroNeighbours = 8;  // which of three neighbours are zero
inline constexpr int kEnds = 8;            // distances of the prediction from both ends

// First contexts of each kind of decision.
inline constexpr int kEmptyChannel = 0;
inline constexpr int kZero = kEmptyChannel + 1;
inline constexpr int kBitContexts = kZero + kDistances * (kActivities / 2) * kZeroNeighbours;

inline constexpr int kFew = 0;
inline constexpr int kMany = kFew + kPositions * (kActivities / 2);
inline constexpr int kFar = kMany + kActivities * kFractions * kEnds;
inline constexpr int kSymbolContexts = kFar + kSymbols;

struct Contexts {
  std::array<AdaptiveBit, kBitContexts> bits;
  std::array<AdaptiveSymbol, kSymbolContexts> symbols;
};

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
