#pragma once

#include <algorithm>

// Most significant part first: what a layer tells of a value.
namespace tideline::lossless {

struct Layer {
  int shift = 0;           // bits left open
  int previous_shift = 0;  // before this layer
  bool first = true;       // nothing is known before it
};

// The values that are possible.
struct Limits {
  int low;
  int high;
};

// A signed number without its lowest bits, towards zero.
inline int Truncate(int value, int shift) {
  return value < 0 ? -(-value >> shift) : value >> shift;
}

// The middle of the numbers that Truncate makes `coarse` of; zero stays zero.
inline int Middle(int coarse, int shift) {
  const int half = (1 << shift) >> 1;
  return coarse == 0 ? 0 : coarse < 0 ? -((-coarse << shift) + half) : (coarse << shift) + half;
}

// The values that are possible in a layer, without their lowest bits, where `all` are and the
// layers before told `known`.
inline Limits Open(Limits all, const Layer& layer, int known) {
  all = {Truncate(all.low, layer.shift), Truncate(all.high, layer.shift)};
  if (layer.first) {
    return all;
  }
  const int coarse = Truncate(known, layer.previous_shift);
  const int bits = layer.previous_shift - layer.shift;
  const int most = (1 << bits) - 1;
  if (coarse == 0) {
    return {std::max(-most, all.low), std::min(most, all.high)};
  }
  return coarse > 0 ? Limits{coarse << bits, std::min((coarse << bits) + most, all.high)}
                    : Limits{std::max(-(-coarse << bits) - most, all.low), -(-coarse << bits)};
}

}  // namespace tideline::lossless
