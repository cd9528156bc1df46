// Included once for every instruction set, as Highway does it.
#if defined(TIDELINE_VALUE_CODER_INL_H) == defined(HWY_TARGET_TOGGLE)
#ifdef TIDELINE_VALUE_CODER_INL_H
#undef TIDELINE_VALUE_CODER_INL_H
#else
#define TIDELINE_VALUE_CODER_INL_H
#endif

#include <algorithm>
#include <cstdint>
#include <cstdlib>

#include "hwy/highway.h"
#include "protocol/codec/lossless/channel_model.h"
#include "protocol/codec/lossless/contexts.h"
#include "protocol/codec/lossless/layer.h"
#include "protocol/codec/lossless/steps.h"
#include "protocol/codec/lossless/symbol_coder-inl.h"

HWY_BEFORE_NAMESPACE();
namespace tideline::lossless {
namespace HWY_NAMESPACE {

// What a value is coded with.
struct Expectation {
  int prediction = 0;  // in 1/16
  int activity = 0;    // errors around, in half octaves: kActivities classes
  int octaves = 0;     // the same, in half octaves, not limited
  int zeros = 0;       // which neighbours are zero
};

HWY_INLINE int ZeroContext(const Expectation& expected) {
  const int distance = expected.prediction - 8;
  const int ratio = std::clamp(
      HalfOctaves(static_cast<uint32_t>(std::abs(distance)) * 10) - expected.octaves + 5, 0, 8);
  const int side = distance < 0 ? ratio : 9 + ratio;
  return kZero + (side * (kActivities / 2) + expected.activity / 2) * kZeroNeighbours +
         expected.zeros;
}

// One of at most kSymbols values.
template <class Coder>
HWY_INLINE int CodeFew(Coder& coder, Contexts& contexts, Limits limits, const Expectation& expected,
                       int value) {
  const int last = ((limits.high - limits.low + 1) << kFractionBits) - 1;
  const int position =
      std::clamp(expected.prediction - (limits.low << kFractionBits) + 8, 0, last) >> 2;
  const int context = kFew + position * (kActivities / 2) + expected.activity / 2;
  return std::min(limits.low + CodeSymbol(coder, contexts, context, value - limits.low),
                  limits.high);
}

// 0 to 4: as many steps, or some more, from the least value; 5 and 6: few from the largest one.
HWY_INLINE int EndClass(int below, int beyond) {
  if (below < 9) {
    return below < 3 ? below : below < 5 ? 3 : 4;
  }
  return beyond < 2 ? 5 : beyond < 9 ? 6 : 7;
}

template <class Coder>
HWY_INLINE int CodeMany(Coder& coder, Contexts& contexts, Limits limits,
                        const Expectation& expected, int value) {
  const auto [low, high] = limits;
  const int middle = std::clamp((expected.prediction + 8) >> kFractionBits, low, high);
  const int fraction =
      std::clamp(expected.prediction - (middle << kFractionBits) + 8, 0, 15) / (16 / kFractions);
  const int wide = StepBits(expected.activity);
  const int end = EndClass((middle - low) >> wide, (high - middle) >> wide);
  const int fine = wide == 0 ? fraction : expected.zeros & 3;
  const int context = kMany + (expected.activity * kFractions + fine) * kEnds + end;
  const bool above = end == 0;
  const int step = above ? StepBitsAbove(wide) : wide;
  const int start = above ? low : middle - ((1 << step) >> 1);  // of step 0
  const Steps& steps = kSteps[above ? 1 : 0];
  const int wanted = std::clamp((value - start) >> step, kLowest, kHighest);
  const int symbol = CodeSymbol(coder, contexts, context, steps.symbols[wanted - kLowest]);
  int first = start + steps.stretches[symbol].first * (1 << step);
  int bits = steps.stretches[symbol].bits + step;
  if (symbol == kEscape) {
    const int sixteenth = (value - low) >> 4;
    first = low + (CodeSymbol(coder, contexts, kFar + ((middle - low) >> 4), sixteenth) << 4);
    bits = 4;
  }
  const auto rest = static_cast<int>(coder.Raw(static_cast<uint32_t>(value - first), bits));
  return std::clamp(first + rest, low, high);
}

// Codes a value within the limits: whether it is zero where that is the lowest, then which it is.
// Decoders get a value within the limits from any bytes.
template <class Coder>
HWY_INLINE int CodeValue(Coder& coder, Contexts& contexts, Limits limits,
                         const Expectation& expected, int value) {
  if (limits.low == limits.high) {
    return limits.low;
  }
  if (limits.low == 0) {
    if (!coder.Bit(contexts.bits[ZeroContext(expected)], value != 0)) {
      return 0;
    }
    if (limits.high == 1) {
      return 1;
    }
    limits.low = 1;
  }
  return limits.high - limits.low < kSymbols ? CodeFew(coder, contexts, limits, expected, value)
                                             : CodeMany(coder, contexts, limits, expected, value);
}

}  // namespace HWY_NAMESPACE
}  // namespace tideline::lossless
HWY_AFTER_NAMESPACE();

#endif  // TIDELINE_VALUE_CODER_INL_H
