// Included once for every instruction set, as Highway does it.
#if defined(TIDELINE_KNOWN_ROWS_INL_H) == defined(HWY_TARGET_TOGGLE)
#ifdef TIDELINE_KNOWN_ROWS_INL_H
#undef TIDELINE_KNOWN_ROWS_INL_H
#else
#define TIDELINE_KNOWN_ROWS_INL_H
#endif

#include <algorithm>
#include <cstdint>
#include <cstdlib>

#include "hwy/highway.h"
#include "protocol/codec/lossless/plane-inl.h"
#include "protocol/codec/lossless/row-inl.h"
#include "protocol/codec/lossless/value_coder-inl.h"

// Rows whose values are known: what they are coded with does not wait for any of them. Results of
// FindOctaves and FindZeros are at [k - places.begin].
HWY_BEFORE_NAMESPACE();
namespace tideline::lossless {
namespace HWY_NAMESPACE {

// Makes predictions of what is expected and finds their errors, whose sum it returns.
HWY_INLINE uint64_t FindErrors(const Plane& plane, Places places, int32_t* HWY_RESTRICT near) {
  const int16_t* values = plane.values + places.begin;
  const int32_t* across = plane.across + places.begin;
  uint16_t* HWY_RESTRICT errors = plane.errors + places.begin;
  uint64_t total = 0;
  for (int i = 0; i < places.end - places.begin; ++i) {
    const int prediction = (near[i] + (across[i] >> kFractionBits)) >> kPredictionShift;
    const int error = std::min(std::abs((values[i] << kFractionBits) - prediction), kMaxInnovation);
    near[i] = prediction;
    errors[i] = static_cast<uint16_t>(error);
    total += static_cast<uint32_t>(error);
  }
  return total;
}

// The errors around, in half octaves.
HWY_INLINE void FindOctaves(const Plane& plane, Places places, int32_t* HWY_RESTRICT octaves) {
  const uint16_t* errors = plane.errors;
  const int32_t* usual = plane.usual;
  const int columns = plane.columns;
  const int begin = places.begin;
  const auto set = [&](int k, int local) {
    octaves[k - begin] = HalfOctavesOf(std::max(Activity(local, usual[k]), 1));
  };
  if (places.begin == 0) {
    set(0, kLeftErrorAlone * plane.first_error);
    for (int k = 1; k < columns; ++k) {
      set(k, kLeftErrorAlone * errors[k - 1]);
    }
    places.begin = columns;
  }
  for (int k = places.begin + 1; k < places.end; ++k) {
    const uint16_t* up = errors + k - columns;
    set(k, up[-1] + 2 * up[0] + up[1] + kLeftError * errors[k - 1]);
  }
  const int second = std::min(1, columns - 1);
  for (int k = places.begin; k < places.end; k += columns) {
    const uint16_t* up = errors + k - columns;
    set(k, (3 + kLeftError) * up[0] + up[second]);
    if (columns > 1) {
      const int last = k + columns - 1;
      up += columns - 1;
      set(last, up[-1] + 3 * up[0] + kLeftError * errors[last - 1]);
    }
  }
}

// Which neighbours are zero, as Zeros says.
HWY_INLINE void FindZeros(const Plane& plane, Places places, int32_t* HWY_RESTRICT zeros) {
  const int16_t* values = plane.values;
  const int16_t* other = plane.other;
  const int columns = plane.columns;
  const int begin = places.begin;
  if (begin == 0) {
    zeros[0] = 0;
    for (int k = 1; k < columns; ++k) {
      zeros[k] = values[k - 1] == 0 ? kLeftZero : 0;
    }
    places.begin = columns;
  }
  const int first = other != nullptr ? 0 : kOtherZero;  // of the left one
  for (int k = places.begin + 1; k < places.end; ++k) {
    zeros[k - begin] =
        (values[k - 1] == 0 ? first + kLeftZero : 0) + (values[k - columns] == 0 ? kAboveZero : 0);
  }
  for (int k = places.begin; k < places.end; k += columns) {
    zeros[k - begin] = values[k - columns] == 0 ? first + kAboveZero : 0;
  }
  if (other != nullptr) {
    for (int k = begin; k < places.end; ++k) {
      zeros[k - begin] += other[k] == 0 ? kOtherZero : 0;
    }
  }
}

}  // namespace HWY_NAMESPACE
}  // namespace tideline::lossless
HWY_AFTER_NAMESPACE();

#endif  // TIDELINE_KNOWN_ROWS_INL_H
