#pragma once

#include <algorithm>
#include <bit>
#include <cstdint>
#include <cstdlib>
#include <span>

#include "protocol/codec/lossless/channel_model.h"
#include "protocol/codec/lossless/contexts.h"

namespace tideline::lossless {

// What a value is coded with.
struct Expectation {
  int prediction = 0;  // in 1/16
  int activity = 0;    // errors around, in half octaves: kActivities classes
  int octaves = 0;     // the same, in half octaves, not limited
  int zeros = 0;       // which neighbours are zero
};

// Codes a value that lies from `low` to `high`: whether it is zero where that is the lowest, then
// how far it is from its prediction. Decoders get a value within the limits from any bytes.
template <class Coder>
class ValueCoder {
 public:
  ValueCoder(Coder& coder, std::span<AdaptiveBit> contexts, uint32_t limit)
      : coder_(coder), contexts_(contexts.data()), limit_(limit) {}

  int Bit(int context, int bit) {
    AdaptiveBit& state = contexts_[context];
    const int coded = coder_.Code(state.probability(), bit);
    state.Update(coded, limit_);
    return coded;
  }

  int Value(int low, int high, const Expectation& expected, int value) {
    if (low == high) {
      return low;
    }
    if (low == 0) {
      if (!Bit(ZeroContext(expected), value != 0)) {
        return 0;
      }
      if (high == 1) {
        return 1;
      }
      low = 1;
    }
    const int middle = std::clamp((expected.prediction + 8) >> kFractionBits, low, high);
    const int fraction =
        std::clamp(expected.prediction - (middle << kFractionBits) + 8, 0, 15) / (16 / kFractions);
    return high - low < kTreeRange ? Near(low, high, middle, fraction, expected.activity, value)
                                   : Far(low, high, middle, fraction, expected.activity, value);
  }

 private:
  static constexpr int kTreeRange = 32;

  static int ZeroContext(const Expectation& expected) {
    const int distance = expected.prediction - 8;
    const int ratio = std::clamp(
        HalfOctaves(static_cast<uint32_t>(std::abs(distance)) * 10) - expected.octaves + 5, 0, 8);
    const int side = distance < 0 ? ratio : 9 + ratio;
    return kZero + (side * (kActivities / 2) + expected.activity / 2) * kZeroNeighbours +
           expected.zeros;
  }

  // Step by step away from the prediction.
  int Near(int low, int high, int middle, int fraction, int activity, int value) {
    const int below = middle - low;
    const int beyond = high - middle;
    const int bound = below < 8 ? below : std::max(15 - beyond, 8);
    if (!Bit(kHit + (fraction * kActivities + activity) * kBounds + bound, value != middle)) {
      return middle;
    }
    int negative = below > 0;
    if (below > 0 && beyond > 0) {
      negative = Bit(kSign + (fraction * (kActivities / 2) + activity / 2) * kBounds + bound,
                     value < middle);
    }
    const int most = negative ? below : beyond;
    const int wanted = std::abs(value - middle);
    int steps = 1;
    while (steps < most) {
      const int step = std::min(steps, kSteps) - 1;
      const int context =
          kMore + ((step * (kActivities / 2) + activity / 2) * 2 + negative) * kBounds + bound;
      if (!Bit(context, wanted > steps)) {
        break;
      }
      ++steps;
    }
    return negative ? middle - steps : middle + steps;
  }

  // The magnitude's highest bit by three decisions, then its sign, then the bits below.
  int Far(int low, int high, int middle, int fraction, int activity, int value) {
    const int below = middle - low;
    const int beyond = high - middle;
    const int end = below < 8 ? below / 4 : (beyond < 16 ? 3 : 2);
    const auto wanted = static_cast<uint32_t>(std::abs(value - middle));
    const int bucket = Bucket(std::bit_width(wanted), activity, end);
    if (bucket == 0) {
      return middle;
    }
    const int least = 1 << (bucket - 1);
    int negative = beyond < least;
    if (below >= least && beyond >= least) {
      const int size = std::min(bucket, 4) - 1;
      negative =
          Bit(kTreeSign +
                  ((size * kFractions + fraction) * (kActivities / 2) + activity / 2) * kEnds + end,
              value < middle);
    }
    const int magnitude = Magnitude(bucket, activity, wanted);
    return std::clamp(negative ? middle - magnitude : middle + magnitude, low, high);
  }

  int Bucket(int wanted, int activity, int end) {
    const int shown = std::min(wanted, 7);
    int node = 1;
    for (int level = 2; level >= 0; --level) {
      node = node * 2 +
             Bit(kBucketTree + (node * kActivities + activity) * kEnds + end, shown >> level & 1);
    }
    const int bucket = node - 8;
    return bucket < 7 ? bucket : 7 + Bit(kBucketTree + 8 * kActivities * kEnds, wanted > 7);
  }

  // The highest bit below the leading one adapts, the others are as good as random.
  int Magnitude(int bucket, int activity, uint32_t wanted) {
    const int open = bucket - 2;
    if (open < 0) {
      return 1;
    }
    const int upper =
        2 + Bit(kUpperBit + bucket * kActivities + activity, static_cast<int>(wanted >> open & 1));
    if (open == 0) {
      return upper;
    }
    const uint32_t mask = (1u << open) - 1;
    return (upper << open) + static_cast<int>(coder_.CodeRaw(wanted & mask, open));
  }

  Coder& coder_;
  AdaptiveBit* contexts_;
  uint32_t limit_;
};

}  // namespace tideline::lossless
