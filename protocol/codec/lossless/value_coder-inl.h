// Included once for every instruction set, as Highway does it.
#if defined(TIDELINE_VALUE_CODER_INL_H) == defined(HWY_TARGET_TOGGLE)
#ifdef TIDELINE_VALUE_CODER_INL_H
#undef TIDELINE_VALUE_CODER_INL_H
#else
#define TIDELINE_VALUE_CODER_INL_H
#endif

#include <algorithm>
#include <bit>
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
  int octaves = 0;     // errors around, in half octaves
  int zeros = 0;       // which neighbours are zero
};

constexpr int kQuietest = 7;  // half octaves of the least activity that is told apart

// The errors around: one of kActivities classes.
HWY_INLINE int ActivityOf(int octaves) {
  return std::clamp(octaves - kQuietest, 0, kActivities - 1);
}

// HalfOctaves of up to 2^24, for vectors: the exponent of a float and the first bit below it.
HWY_INLINE int HalfOctavesOf(int x) {
  return std::max((std::bit_cast<int32_t>(static_cast<float>(x)) >> 22) - 252, 0);
}

// `distance_octaves`: HalfOctaves of ten times the prediction's distance from 1/2.
HWY_INLINE int ZeroContext(const Expectation& expected, int distance_octaves) {
  const int ratio = std::clamp(distance_octaves - expected.octaves + 5, 0, 8);
  const int side = expected.prediction < 8 ? ratio : 9 + ratio;
  return kZero + (side * (kActivities / 2) + ActivityOf(expected.octaves) / 2) * kZeroNeighbours +
         expected.zeros;
}

// Ten times a prediction's distance from 1/2.
HWY_INLINE int ZeroDistance(int prediction) { return std::abs(prediction - 8) * 10; }

// Of one of at most kSymbols values.
HWY_INLINE int FewContext(Limits limits, const Expectation& expected) {
  const int last = ((limits.high - limits.low + 1) << kFractionBits) - 1;
  const int position =
      std::clamp(expected.prediction - (limits.low << kFractionBits) + 8, 0, last) >> 2;
  return kFew + position * (kActivities / 2) + ActivityOf(expected.octaves) / 2;
}

// 0 to 4: as many steps, or some more, from the least value; 5 and 6: few from the largest one.
HWY_INLINE int EndClass(int below, int beyond) {
  const int near = std::min(below, 3) + (below < 5 ? 0 : 1);
  const int far = 5 + (beyond < 2 ? 0 : 1) + (beyond < 9 ? 0 : 1);
  return below < 9 ? near : far;
}

// How one of more values is coded.
struct Many {
  int context;
  int far_context;  // after an escape
  int step;         // bits of a step
  int start;        // of step 0
  int above;        // 1 where steps are counted from the least value
};

HWY_INLINE Many FindMany(Limits limits, const Expectation& expected) {
  const auto [low, high] = limits;
  const int activity = ActivityOf(expected.octaves);
  const int middle = std::clamp((expected.prediction + 8) >> kFractionBits, low, high);
  const int fraction =
      std::clamp(expected.prediction - (middle << kFractionBits) + 8, 0, 15) / (16 / kFractions);
  const int wide = StepBits(activity);
  const int end = EndClass((middle - low) >> wide, (high - middle) >> wide);
  const int fine = wide == 0 ? fraction : expected.zeros & 3;
  const int step = end == 0 ? StepBitsAbove(wide) : wide;
  return {.context = kMany + (activity * kFractions + fine) * kEnds + end,
          .far_context = kFar + ((middle - low) >> 4),
          .step = step,
          .start = end == 0 ? low : middle - ((1 << step) >> 1),
          .above = end == 0 ? 1 : 0};
}

// The index in kCodedSteps of a value so far above the start.
HWY_INLINE int StepIndex(const Many& many, int distance) {
  return std::clamp(distance >> many.step, kLowest, kHighest) - kLowest + many.above * kStepCount;
}

template <class Coder>
HWY_INLINE int CodeMany(Coder& coder, Contexts& contexts, Limits limits,
                        const Expectation& expected, int value) {
  const auto [low, high] = limits;
  const Many many = FindMany(limits, expected);
  const int wanted = kCodedSteps[StepIndex(many, value - many.start)].symbol;
  const int symbol = CodeSymbol(coder, contexts, many.context, wanted);
  const Stretch stretch = kStretches[many.above][symbol];
  int first = many.start + stretch.first * (1 << many.step);
  int bits = stretch.bits + many.step;
  if (symbol == kEscape) {
    first = low + (CodeSymbol(coder, contexts, many.far_context, (value - low) >> 4) << 4);
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
    const int distance = HalfOctaves(static_cast<uint32_t>(ZeroDistance(expected.prediction)));
    if (!coder.Bit(contexts.bits[ZeroContext(expected, distance)], value != 0)) {
      return 0;
    }
    if (limits.high == 1) {
      return 1;
    }
    limits.low = 1;
  }
  if (limits.high - limits.low >= kSymbols) {
    return CodeMany(coder, contexts, limits, expected, value);
  }
  const int few = CodeSymbol(coder, contexts, FewContext(limits, expected), value - limits.low);
  return std::min(limits.low + few, limits.high);
}

}  // namespace HWY_NAMESPACE
}  // namespace tideline::lossless
HWY_AFTER_NAMESPACE();

#endif  // TIDELINE_VALUE_CODER_INL_H
