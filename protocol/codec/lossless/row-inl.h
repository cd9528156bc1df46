// Included once for every instruction set, as Highway does it.
#if defined(TIDELINE_ROW_INL_H) == defined(HWY_TARGET_TOGGLE)
#ifdef TIDELINE_ROW_INL_H
#undef TIDELINE_ROW_INL_H
#else
#define TIDELINE_ROW_INL_H
#endif

#include <algorithm>
#include <cstdint>
#include <cstdlib>

#include "hwy/highway.h"
#include "protocol/codec/lossless/channel_model.h"
#include "protocol/codec/lossless/contexts.h"
#include "protocol/codec/lossless/value_coder-inl.h"

HWY_BEFORE_NAMESPACE();
namespace tideline::lossless {
namespace HWY_NAMESPACE {

constexpr int kMaxInnovation = 4095;  // 1/16: keeps every sum below 2^31
constexpr int kLeastLocal = 16;       // of an activity
constexpr int kPredictionShift = kWeightBits - kFractionBits;

// What the error to the left counts for among those around, and in the first row.
constexpr int kLeftError = 2;
constexpr int kLeftErrorAlone = 6;

// Which neighbours are zero.
constexpr int kLeftZero = 1;
constexpr int kAboveZero = 2;
constexpr int kOtherZero = 4;  // of the first reference, or the left one where there is none

// A row's memory, and what does not change along it.
struct Row {
  int16_t* values;
  const int16_t* exact;  // nullptr where it decodes
  uint16_t* errors;
  const int32_t* sums;    // predictions without the left value
  const int32_t* around;  // errors without the left one
  const int32_t* usual;
  const int32_t* zeros;  // without the left one
  int left;              // before the first value
  int left_error;
  int weight;        // of the left value
  int error_weight;  // of the left error
  int left_zero;     // what it means that the left one is zero, for the first value
};

HWY_INLINE int Activity(int local, int usual) {
  return local + std::min(usual, 2 * local + kLeastLocal);
}

HWY_INLINE int16_t Innovation(int fine, int near) {
  return static_cast<int16_t>(
      std::clamp(fine - (near >> kPredictionShift), -kMaxInnovation, kMaxInnovation));
}

HWY_INLINE int ErrorOf(int fine, int prediction) {
  return std::min(std::abs(fine - prediction), kMaxInnovation);
}

HWY_INLINE Expectation Expect(int prediction, int activity, int zeros, int shift) {
  Expectation expected;
  expected.octaves = HalfOctaves(static_cast<uint32_t>(std::max(activity >> shift, 1)));
  expected.zeros = zeros;
  // Middle() of a coarse value lies that far above it.
  const int middle = 8 - (8 >> shift);
  const int distance = std::max((std::abs(prediction) >> shift) - middle, 0);
  expected.prediction = shift == 0 ? prediction : prediction < 0 ? -distance : distance;
  return expected;
}

// What a row is coded with without the left neighbours, and what that is found from.
struct RowSums {
  int32_t* sums;
  int32_t* around;
  int32_t* zeros;
};
struct RowAbove {
  const int16_t* values;  // whose ends repeat, as those of the errors; not in the first row
  const uint16_t* errors;
  const int32_t* across;
  const int32_t* others;
  int columns;
};

// In the first row.
HWY_INLINE void FirstSums(const ChannelModel& model, const RowAbove& above, const RowSums& out) {
  for (int x = 0; x < above.columns; ++x) {
    out.sums[x] = model.bias + (above.across[x] >> kFractionBits);
    out.around[x] = 0;
    out.zeros[x] = above.others[x];
  }
}

// In others. Reads and writes whole vectors.
HWY_INLINE void SumAbove(const ChannelModel& model, const RowAbove& above, const RowSums& out) {
  namespace hn = hwy::HWY_NAMESPACE;
  const hn::ScalableTag<int32_t> d;
  const hn::Rebind<int16_t, decltype(d)> d16;
  const hn::Rebind<uint16_t, decltype(d)> du16;
  const auto bias = hn::Set(d, model.bias);
  const auto left = hn::Set(d, model.above_left);
  const auto middle = hn::Set(d, model.above);
  const auto right = hn::Set(d, model.above_right);
  for (int x = 0; x < above.columns; x += static_cast<int>(hn::Lanes(d))) {
    const auto value = [&](int i) {
      return hn::PromoteTo(d, hn::LoadU(d16, above.values + x + i));
    };
    const auto error = [&](int i) {
      return hn::PromoteTo(d, hn::LoadU(du16, above.errors + x + i));
    };
    const auto own = value(0);
    auto sum = hn::Add(bias, hn::ShiftRight<kFractionBits>(hn::LoadU(d, above.across + x)));
    sum = hn::Add(sum, hn::Mul(value(-1), left));
    sum = hn::Add(sum, hn::Mul(own, middle));
    sum = hn::Add(sum, hn::Mul(value(1), right));
    hn::StoreU(sum, d, out.sums + x);
    const auto twice = hn::Add(error(0), error(0));
    hn::StoreU(hn::Add(hn::Add(error(-1), error(1)), twice), d, out.around + x);
    const auto zero = hn::IfThenElseZero(hn::Eq(own, hn::Zero(d)), hn::Set(d, kAboveZero));
    hn::StoreU(hn::Add(hn::LoadU(d, above.others + x), zero), d, out.zeros + x);
  }
}

}  // namespace HWY_NAMESPACE
}  // namespace tideline::lossless
HWY_AFTER_NAMESPACE();

#endif  // TIDELINE_ROW_INL_H
