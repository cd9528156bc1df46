// Included once for every instruction set, as Highway does it.
#if defined(TIDELINE_DECISIONS_INL_H) == defined(HWY_TARGET_TOGGLE)
#ifdef TIDELINE_DECISIONS_INL_H
#undef TIDELINE_DECISIONS_INL_H
#else
#define TIDELINE_DECISIONS_INL_H
#endif

#include <cstdint>

#include "hwy/highway.h"
#include "protocol/codec/lossless/contexts.h"
#include "protocol/codec/lossless/layer.h"
#include "protocol/codec/lossless/steps.h"
#include "protocol/codec/lossless/symbol_coder-inl.h"
#include "protocol/codec/lossless/value_coder-inl.h"

// Values that are known, as CodeValue codes them: contexts and symbols are found for many at once,
// in loops that compilers make vectors of, before the first of them is coded.
HWY_BEFORE_NAMESPACE();
namespace tideline::lossless {
namespace HWY_NAMESPACE {

struct KnownValues {
  const int16_t* values;
  int count;
  Limits limits;
};

// What values are coded with, one number for each. Decide finds them from what it replaces.
struct Decisions {
  int32_t* bits;       // contexts of whether they are zero
  int32_t* symbols;    // contexts of symbols, and of those after an escape; octaves before
  int32_t* distances;  // from where steps are counted; predictions before
  int32_t* steps;      // bits of a step, and indices in kCodedSteps; zeros before
};
constexpr int kDecisionArrays = 4;
constexpr int kSecondNumber = 16;  // where the second of two numbers begins
constexpr int kFirstNumber = (1 << kSecondNumber) - 1;

HWY_INLINE void Decide(const KnownValues& known, const Decisions& decisions) {
  const int16_t* HWY_RESTRICT values = known.values;
  const int count = known.count;
  Limits limits = known.limits;
  int32_t* HWY_RESTRICT symbols = decisions.symbols;
  int32_t* HWY_RESTRICT distances = decisions.distances;
  int32_t* HWY_RESTRICT steps = decisions.steps;
  const auto expected = [&](int i) { return Expectation{distances[i], symbols[i], steps[i]}; };
  if (limits.low == 0) {
    int32_t* HWY_RESTRICT bits = decisions.bits;
    for (int i = 0; i < count; ++i) {
      bits[i] = ZeroContext(expected(i), HalfOctavesOf(ZeroDistance(distances[i])));
    }
    limits.low = 1;
  }
  if (limits.high - limits.low < kSymbols) {
    for (int i = 0; i < count; ++i) {
      symbols[i] = FewContext(limits, expected(i));
    }
    return;
  }
  for (int i = 0; i < count; ++i) {
    const Many many = FindMany(limits, expected(i));
    const int distance = values[i] - many.start;
    symbols[i] = many.context | many.far_context << kSecondNumber;
    distances[i] = distance;
    steps[i] = many.step | StepIndex(many, distance) << kSecondNumber;
  }
}

// Value i, which lies so far above the lowest one.
template <class Coder>
HWY_INLINE void CodeKnownMany(Coder& coder, Contexts& contexts, const Decisions& decisions, int i,
                              int above) {
  const auto [symbol, stretch] = kCodedSteps[decisions.steps[i] >> kSecondNumber];
  const int step = decisions.steps[i] & kFirstNumber;
  CodeSymbol(coder, contexts, decisions.symbols[i] & kFirstNumber, symbol);
  if (symbol == kEscape) {
    CodeSymbol(coder, contexts, decisions.symbols[i] >> kSecondNumber, above >> 4);
    coder.Raw(static_cast<uint32_t>(above & 15), 4);
    return;
  }
  const int rest = decisions.distances[i] - stretch.first * (1 << step);
  coder.Raw(static_cast<uint32_t>(rest), stretch.bits + step);
}

// As CodeValue for each of them.
template <class Coder>
HWY_INLINE void CodeKnown(Coder& coder, Contexts& contexts, const KnownValues& known,
                          const Decisions& decisions) {
  const int16_t* values = known.values;
  const int count = known.count;
  const bool zero_first = known.limits.low == 0;
  const int low = zero_first ? 1 : known.limits.low;
  const bool few = known.limits.high - low < kSymbols;
  const bool one = known.limits.high == low;
  for (int i = 0; i < count; ++i) {
    const int value = values[i];
    if (zero_first) {
      coder.Bit(contexts.bits[decisions.bits[i]], value != 0);
      if (value == 0) {
        continue;
      }
    }
    if (!few) {
      CodeKnownMany(coder, contexts, decisions, i, value - low);
    } else if (!one) {
      CodeSymbol(coder, contexts, decisions.symbols[i], value - low);
    }
  }
}

}  // namespace HWY_NAMESPACE
}  // namespace tideline::lossless
HWY_AFTER_NAMESPACE();

#endif  // TIDELINE_DECISIONS_INL_H
