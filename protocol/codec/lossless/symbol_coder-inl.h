// Included once for every instruction set, as Highway does it.
#if defined(TIDELINE_SYMBOL_CODER_INL_H) == defined(HWY_TARGET_TOGGLE)
#ifdef TIDELINE_SYMBOL_CODER_INL_H
#undef TIDELINE_SYMBOL_CODER_INL_H
#else
#define TIDELINE_SYMBOL_CODER_INL_H
#endif

#include <algorithm>
#include <array>
#include <cstdint>

#include "hwy/highway.h"
#include "protocol/codec/lossless/context_counter.h"
#include "protocol/codec/lossless/contexts.h"
#include "protocol/codec/lossless/range_encoder.h"
#include "protocol/codec/lossless/range_reader.h"

HWY_BEFORE_NAMESPACE();
namespace tideline::lossless {
namespace HWY_NAMESPACE {
namespace hn = hwy::HWY_NAMESPACE;

// Moves the chances towards the symbol that was coded. `noise` is any number that both sides know:
// it decides how steps are rounded, so that they are right in the mean.
HWY_INLINE void Learn(AdaptiveSymbol& state, int symbol, uint32_t noise) {
  const hn::CappedTag<int16_t, kSymbols> d;
  const int count = state.count();
  const int fast_count = std::min(count, kFastLimit);
  const auto parts = static_cast<int>(noise >> 4 & 1023);
  const auto rate = hn::Set(d, kSymbolRates[count]);
  const auto fast_rate = hn::Set(d, kSymbolRates[fast_count]);
  const auto rounding = hn::Set(d, static_cast<int16_t>((parts * (count + 1)) >> 10));
  const auto fast_rounding = hn::Set(d, static_cast<int16_t>((parts * (fast_count + 1)) >> 10));
  const int16_t* targets = kSymbolTargets.data() + kSymbols - symbol;
  const int16_t* steps = kCountSteps[count < kSymbolLimit ? 1 : 0].data();
  for (size_t i = 0; i < kSymbols; i += hn::Lanes(d)) {
    const auto target = hn::LoadU(d, targets + i);
    const auto slow = hn::Load(d, state.slow.data() + i);
    const auto fast = hn::Load(d, state.fast.data() + i);
    const auto way = hn::MulHigh(hn::SaturatedAdd(hn::Sub(target, slow), rounding), rate);
    const auto fast_way =
        hn::MulHigh(hn::SaturatedAdd(hn::Sub(target, fast), fast_rounding), fast_rate);
    const auto chances = hn::And(way, hn::Load(d, kChancesOnly.data() + i));
    hn::Store(hn::Add(slow, hn::Add(chances, hn::Load(d, steps + i))), d, state.slow.data() + i);
    hn::Store(hn::Add(fast, fast_way), d, state.fast.data() + i);
  }
}

HWY_INLINE int CodeSymbol(RangeReader& coder, Contexts& contexts, int context, int /*symbol*/) {
  const hn::CappedTag<uint16_t, kSymbols> d;
  AdaptiveSymbol& state = contexts.symbols[context];
  const auto scaled = hn::Set(d, static_cast<uint16_t>(coder.range() - kSymbols));
  const auto position = hn::Set(d, static_cast<uint16_t>(coder.position()));
  alignas(32) std::array<uint16_t, 2 * kSymbols> ends;  // of the symbols' parts of the range
  ends[kSymbols - 1] = 0;
  size_t found = 0;
  for (size_t i = 0; i < kSymbols; i += hn::Lanes(d)) {
    const hn::RebindToSigned<decltype(d)> di;
    const auto chance = hn::BitCast(
        d, hn::Add(hn::Load(di, state.slow.data() + i), hn::Load(di, state.fast.data() + i)));
    const auto end =
        hn::Or(hn::Add(hn::MulHigh(scaled, chance), hn::Load(d, kLeastEnds.data() + i)),
               hn::Load(d, kLastSymbol.data() + i));
    hn::Store(end, d, ends.data() + kSymbols + i);
    found += hn::CountTrue(d, hn::Eq(hn::SaturatedSub(end, position), hn::Zero(d)));
  }
  const int symbol = static_cast<int>(std::min<size_t>(found, kSymbols - 1));
  const uint32_t low = ends[kSymbols - 1 + symbol];
  const uint32_t high = std::min<uint32_t>(ends[kSymbols + symbol], coder.range());
  Learn(state, symbol, coder.range());
  coder.Narrow(low, high);
  return symbol;
}

HWY_INLINE int CodeSymbol(RangeWriter& coder, Contexts& contexts, int context, int symbol) {
  AdaptiveSymbol& state = contexts.symbols[context];
  const uint32_t scaled = coder.range() - kSymbols;
  const auto end = [&](int i) {
    return (scaled * static_cast<uint32_t>(state.slow[i] + state.fast[i]) >> 16) + i + 1;
  };
  const uint32_t low = symbol == 0 ? 0 : end(symbol - 1);
  const uint32_t high = symbol == kSymbols - 1 ? coder.range() : end(symbol);
  Learn(state, symbol, coder.range());
  coder.Narrow(low, high);
  return symbol;
}

inline int CodeSymbol(ContextCounter::Counter& coder, Contexts& /*contexts*/, int context,
                      int symbol) {
  coder.Symbol(context, symbol);
  return symbol;
}

}  // namespace HWY_NAMESPACE
}  // namespace tideline::lossless
HWY_AFTER_NAMESPACE();

#endif  // TIDELINE_SYMBOL_CODER_INL_H
