#include "protocol/codec/half.h"

#include <algorithm>
#include <bit>

// Loops are written without branches and without calls, so that compilers turn them into vector
// code; no product is followed by a sum, so nothing can be contracted to a fused one.
namespace tideline {
namespace {

constexpr uint32_t kInfinity = 0x7F800000;        // bits of float32 infinity
constexpr uint32_t kBias = (127 - 15) << 23;      // between the exponents of the two formats
constexpr uint32_t kSmallestNormal = 0x38800000;  // 2^-14, the smallest normal half
constexpr uint16_t kLargestHalf = 0x7BFF;         // 65504

constexpr uint32_t kLargestBfloat = 0x7F7F;  // 2^127 · 255/128

uint16_t HalfFromFloat(float value) {
  const uint32_t bits = std::bit_cast<uint32_t>(value);
  const uint32_t magnitude = bits & 0x7FFFFFFF;
  const uint32_t sign = (bits >> 16) & 0x8000;
  // Drop 13 bits of the mantissa: half a unit less one, plus one where the last bit kept is odd.
  const uint32_t rounded = (magnitude - kBias + 0xFFF + ((magnitude >> 13) & 1)) >> 13;
  const uint32_t normal = std::min<uint32_t>(rounded, kLargestHalf);
  // Adding 0.5, whose last bit is worth 2^-24, leaves the subnormal half in the lowest bits.
  const uint32_t subnormal =
      std::bit_cast<uint32_t>(std::bit_cast<float>(magnitude) + 0.5f) - 0x3F000000;
  const uint32_t payload = (magnitude >> 13) & 0x3FF;
  const uint32_t quiet = magnitude > kInfinity && payload == 0 ? 0x200 : 0;
  const uint32_t special = 0x7C00 | payload | quiet;
  const uint32_t finite = magnitude < kSmallestNormal ? subnormal : normal;
  return static_cast<uint16_t>(sign | (magnitude >= kInfinity ? special : finite));
}

float FloatFromHalf(uint16_t half) {
  const uint32_t magnitude = (half & 0x7FFFu) << 13;
  const uint32_t sign = (half & 0x8000u) << 16;
  const float small = static_cast<float>(static_cast<int32_t>(half & 0x3FF)) * 0x1p-24f;
  const uint32_t normal = magnitude + (magnitude >= (0x7C00u << 13) ? 2 * kBias : kBias);
  const uint32_t bits = magnitude < (0x400u << 13) ? std::bit_cast<uint32_t>(small) : normal;
  return std::bit_cast<float>(sign | bits);
}

uint16_t BfloatFromFloat(float value) {
  const uint32_t bits = std::bit_cast<uint32_t>(value);
  const uint32_t magnitude = bits & 0x7FFFFFFF;
  const uint32_t sign = (bits >> 16) & 0x8000;
  const uint32_t rounded = (magnitude + 0x7FFF + ((magnitude >> 16) & 1)) >> 16;
  const uint32_t quiet = magnitude > kInfinity && (magnitude & 0x7F0000) == 0 ? 0x40 : 0;
  const uint32_t special = (magnitude >> 16) | quiet;
  const uint32_t finite = std::min(rounded, kLargestBfloat);
  return static_cast<uint16_t>(sign | (magnitude >= kInfinity ? special : finite));
}

}  // namespace

void ToHalf(std::span<const float> in, std::span<uint16_t> out) {
  for (size_t i = 0; i < in.size(); ++i) {
    out[i] = HalfFromFloat(in[i]);
  }
}

void FromHalf(std::span<const uint16_t> in, std::span<float> out) {
  for (size_t i = 0; i < in.size(); ++i) {
    out[i] = FloatFromHalf(in[i]);
  }
}

void ToBfloat(std::span<const float> in, std::span<uint16_t> out) {
  for (size_t i = 0; i < in.size(); ++i) {
    out[i] = BfloatFromFloat(in[i]);
  }
}

void FromBfloat(std::span<const uint16_t> in, std::span<float> out) {
  for (size_t i = 0; i < in.size(); ++i) {
    out[i] = std::bit_cast<float>(static_cast<uint32_t>(in[i]) << 16);
  }
}

}  // namespace tideline
