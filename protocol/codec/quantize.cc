#include "protocol/codec/quantize.h"

#include <algorithm>
#include <bit>
#include <cmath>
#include <limits>

// Highway compiles this file once for every instruction set: what stands between
// HWY_BEFORE_NAMESPACE and HWY_AFTER_NAMESPACE. No product is followed by a sum, so nothing can be
// contracted to a fused one.
#undef HWY_TARGET_INCLUDE
#define HWY_TARGET_INCLUDE "protocol/codec/quantize.cc"
#include "hwy/foreach_target.h"
#include "hwy/highway.h"

HWY_BEFORE_NAMESPACE();
namespace tideline {
namespace HWY_NAMESPACE {
namespace hn = hwy::HWY_NAMESPACE;

// Whole vectors of `d` from element `begin`; the functions below return where they stopped.
template <class D>
HWY_INLINE size_t FindStretch(D d, std::span<const float> in, size_t begin,
                              int32_t (&extremes)[2]) {
  const hn::RebindToSigned<D> di;
  const size_t lanes = hn::Lanes(d);
  auto least = hn::Set(di, extremes[0]);
  auto largest = hn::Set(di, extremes[1]);
  const auto magnitude = hn::Set(di, 0x7FFFFFFF);
  for (; begin + lanes <= in.size(); begin += lanes) {
    // Integers in the order of the floats.
    const auto bits = hn::BitCast(di, hn::LoadU(d, in.data() + begin));
    const auto ordered = hn::Xor(bits, hn::And(hn::ShiftRight<31>(bits), magnitude));
    least = hn::Min(least, ordered);
    largest = hn::Max(largest, ordered);
  }
  extremes[0] = hn::GetLane(hn::MinOfLanes(di, least));
  extremes[1] = hn::GetLane(hn::MaxOfLanes(di, largest));
  return begin;
}

void FindExtremes(std::span<const float> in, int32_t (&extremes)[2]) {
  const size_t done = FindStretch(hn::ScalableTag<float>(), in, 0, extremes);
  FindStretch(hn::CappedTag<float, 1>(), in, done, extremes);
}

// `worst` becomes the largest magnitude, as the bits of a float.
template <class D>
HWY_INLINE size_t QuantizeStretch(D d, std::span<const float> in, size_t begin, Affine affine,
                                  Rounding rounding, uint8_t* out, int32_t& worst) {
  const hn::RebindToSigned<D> di;
  const hn::Rebind<uint8_t, D> du8;
  const size_t lanes = hn::Lanes(d);
  const auto scale = hn::Set(d, affine.scale);
  const auto zero_point = hn::Set(d, static_cast<float>(affine.zero_point));
  const auto top = hn::Set(d, static_cast<float>(rounding.levels - 1));
  const auto dead_zone = hn::Set(d, rounding.dead_zone);
  const auto rounder = hn::Set(d, 0x1.8p23f);  // its last bit is worth 1: the sum is rounded
  auto largest = hn::Set(di, worst);
  for (; begin + lanes <= in.size(); begin += lanes) {
    const auto value = hn::LoadU(d, in.data() + begin);
    largest = hn::Max(largest, hn::BitCast(di, hn::Abs(value)));
    auto position = hn::Div(value, scale);
    position = hn::Sub(position, hn::Clamp(position, hn::Neg(dead_zone), dead_zone));
    position = hn::Clamp(hn::Add(position, zero_point), hn::Zero(d), top);
    const auto symbol = hn::And(hn::BitCast(di, hn::Add(position, rounder)), hn::Set(di, 0xFF));
    hn::StoreU(hn::DemoteTo(du8, symbol), du8, out + begin);
  }
  worst = hn::GetLane(hn::MaxOfLanes(di, largest));
  return begin;
}

int32_t QuantizeAll(std::span<const float> in, Affine affine, Rounding rounding, uint8_t* out) {
  int32_t worst = 0;
  const size_t done =
      QuantizeStretch(hn::ScalableTag<float>(), in, 0, affine, rounding, out, worst);
  QuantizeStretch(hn::CappedTag<float, 1>(), in, done, affine, rounding, out, worst);
  return worst;
}

template <class D>
HWY_INLINE size_t DequantizeStretch(D d, std::span<const uint8_t> in, size_t begin, Affine affine,
                                    float* out) {
  const hn::RebindToSigned<D> di;
  const hn::Rebind<uint8_t, D> du8;
  const size_t lanes = hn::Lanes(d);
  const auto scale = hn::Set(d, affine.scale);
  const auto zero_point = hn::Set(di, affine.zero_point);
  for (; begin + lanes <= in.size(); begin += lanes) {
    const auto symbol = hn::PromoteTo(di, hn::LoadU(du8, in.data() + begin));
    const auto steps = hn::ConvertTo(d, hn::Sub(symbol, zero_point));
    hn::StoreU(hn::Mul(steps, scale), d, out + begin);
  }
  return begin;
}

void DequantizeAll(std::span<const uint8_t> in, Affine affine, float* out) {
  const size_t done = DequantizeStretch(hn::ScalableTag<float>(), in, 0, affine, out);
  DequantizeStretch(hn::CappedTag<float, 1>(), in, done, affine, out);
}

}  // namespace HWY_NAMESPACE
}  // namespace tideline
HWY_AFTER_NAMESPACE();

#if HWY_ONCE
namespace tideline {

HWY_EXPORT(FindExtremes);
HWY_EXPORT(QuantizeAll);
HWY_EXPORT(DequantizeAll);

namespace {

constexpr int32_t kInfinity = 0x7F800000;  // bits of float32 infinity

// So far above the subnormal numbers that it does not matter whether a CPU flushes those to zero.
constexpr float kSmallestScale = 0x1p-100f;

// The order of the floats in integers; it is its own inverse.
int32_t Ordered(int32_t bits) { return bits ^ ((bits >> 31) & 0x7FFFFFFF); }

}  // namespace

absl::StatusOr<Affine> FitAffine(std::span<const float> values, int levels) {
  int32_t extremes[2] = {0, 0};  // zero is always covered
  HWY_DYNAMIC_DISPATCH(FindExtremes)(values, extremes);
  if (extremes[1] >= kInfinity ||
      extremes[0] <= Ordered(std::bit_cast<int32_t>(uint32_t{0xFF800000}))) {
    return InvalidArgument("the tensor has NaN or infinity in it; use fp32, fp16 or bf16");
  }
  const double low = std::bit_cast<float>(Ordered(extremes[0]));
  const double high = std::bit_cast<float>(Ordered(extremes[1]));
  if (high - low > std::numeric_limits<float>::max() / 2) {
    return InvalidArgument("values from {} to {} are too far apart; use fp32", low, high);
  }
  return CoverRange(low, high, levels);
}

Affine CoverRange(double low, double high, int levels) {
  low = std::min(low, 0.0);
  high = std::max(high, 0.0);
  Affine affine;
  affine.scale = std::max(static_cast<float>((high - low) / (levels - 1)), kSmallestScale);
  affine.zero_point = static_cast<int32_t>(std::lround(-low / affine.scale));
  affine.zero_point = std::min(affine.zero_point, levels - 1);
  return affine;
}

bool IsSane(Affine affine, int levels) {
  return affine.scale > 0 && std::isfinite(affine.scale * 255.0f) && affine.zero_point >= 0 &&
         affine.zero_point < levels;
}

bool Quantize(std::span<const float> in, Affine affine, Rounding rounding, std::span<uint8_t> out) {
  return HWY_DYNAMIC_DISPATCH(QuantizeAll)(in, affine, rounding, out.data()) < kInfinity;
}

void Dequantize(std::span<const uint8_t> in, Affine affine, std::span<float> out) {
  HWY_DYNAMIC_DISPATCH(DequantizeAll)(in, affine, out.data());
}

}  // namespace tideline
#endif  // HWY_ONCE
