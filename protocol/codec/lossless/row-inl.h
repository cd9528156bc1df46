// Included once for every instruction set, as Highway does it.
#if defined(TIDELINE_ROW_INL_H) == defined(HWY_TARGET_TOGGLE)
#ifdef TIDELINE_ROW_INL_H
#undef TIDELINE_ROW_INL_H
#else
#define TIDELINE_ROW_INL_H
#endif

#include <algorithm>
#include <bit>
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
constexpr int kQuietest = 7;  // half octaves of the least activity that is told apart

// A row's memory, and what does not change along it.
struct Row {
  int16_t* values;
  const int16_t* exact;  // nullptr where it decodes
  int16_t* innovations;
  const int16_t* above;  // nullptr in the first row
  const int16_t* other;  // of the first reference; nullptr without one
  uint16_t* errors;
  const int32_t* sums;
  const int32_t* across;
  const int32_t* usual;
  const int32_t* around;
  int left;  // before the first value
  int left_error;
  int weight;        // of the left value
  int error_weight;  // of the left error
};

HWY_INLINE int Activity(const Row& row, int x, int left_error) {
  const int local = row.around[x] + row.error_weight * left_error;
  return local + std::min(row.usual[x], 2 * local + kLeastLocal);
}

HWY_INLINE int Zeros(const Row& row, int x, int left) {
  const bool aside = x > 0 && left == 0;
  const bool above = row.above != nullptr && row.above[x] == 0;
  const bool other = row.other != nullptr ? row.other[x] == 0 : left == 0 && row.above != nullptr;
  return aside + above * 2 + other * 4;
}

HWY_INLINE int16_t Innovation(int fine, int near) {
  return static_cast<int16_t>(
      std::clamp(fine - (near >> kPredictionShift), -kMaxInnovation, kMaxInnovation));
}

HWY_INLINE Expectation Expect(int prediction, int activity, int zeros, int shift) {
  Expectation expected;
  expected.octaves = HalfOctaves(static_cast<uint32_t>(std::max(activity >> shift, 1)));
  expected.activity = std::clamp(expected.octaves - kQuietest, 0, kActivities - 1);
  expected.zeros = zeros;
  // Middle() of a coarse value lies that far above it.
  const int middle = 8 - (8 >> shift);
  const int distance = std::max((std::abs(prediction) >> shift) - middle, 0);
  expected.prediction = shift == 0 ? prediction : prediction < 0 ? -distance : distance;
  return expected;
}

// HalfOctaves of 1 to 2^24, for vectors: the exponent of a float and the first bit below it.
HWY_INLINE int HalfOctavesOf(int x) {
  return (std::bit_cast<int32_t>(static_cast<float>(x)) >> 22) - 252;
}

// Predictions of a known row and their errors, whose sum it returns.
HWY_INLINE uint64_t Predict(const Row& row, int columns, int32_t* HWY_RESTRICT predictions) {
  int16_t* HWY_RESTRICT innovations = row.innovations;
  uint16_t* HWY_RESTRICT errors = row.errors;
  const auto predict = [&](int x, int left) {
    const int near = row.sums[x] + row.weight * left;
    const int prediction = (near + (row.across[x] >> kFractionBits)) >> kPredictionShift;
    const int fine = row.exact[x] << kFractionBits;
    predictions[x] = prediction;
    innovations[x] = Innovation(fine, near);
    const int error = std::min(std::abs(fine - prediction), kMaxInnovation);
    errors[x] = static_cast<uint16_t>(error);
    return static_cast<uint32_t>(error);
  };
  uint64_t total = predict(0, row.left);
  for (int x = 1; x < columns; ++x) {
    total += predict(x, row.exact[x - 1]);
  }
  return total;
}

// The errors around the values of a known row whose errors are known, in half octaves.
HWY_INLINE void FindOctaves(const Row& row, int columns, int32_t* HWY_RESTRICT octaves) {
  const auto find = [&](int x, int left_error) {
    octaves[x] = HalfOctavesOf(std::max(Activity(row, x, left_error), 1));
  };
  find(0, row.left_error);
  for (int x = 1; x < columns; ++x) {
    find(x, row.errors[x - 1]);
  }
}

}  // namespace HWY_NAMESPACE
}  // namespace tideline::lossless
HWY_AFTER_NAMESPACE();

#endif  // TIDELINE_ROW_INL_H
