#include <array>
#include <bit>
#include <cstring>
#include <zlib.h>

#include "common/base/hash.h"

// Highway compiles this file once for every instruction set: what stands between
// HWY_BEFORE_NAMESPACE and HWY_AFTER_NAMESPACE.
#undef HWY_TARGET_INCLUDE
#define HWY_TARGET_INCLUDE "common/base/crc32.cc"
#include "hwy/foreach_target.h"
#include "hwy/highway.h"

HWY_BEFORE_NAMESPACE();
namespace tideline {
namespace HWY_NAMESPACE {
namespace hn = hwy::HWY_NAMESPACE;

// x^n modulo the polynomial, bits reversed, and doubled as products of reversed numbers are halved.
constexpr uint64_t PowerOfX(int n) {
  uint32_t power = 0x80000000;  // 1
  for (int i = 0; i < n; ++i) {
    power = power >> 1 ^ ((power & 1) != 0 ? 0xEDB88320 : 0);
  }
  return uint64_t{power} << 1;
}

uint32_t Zlib(const uint8_t* bytes, size_t size, uint32_t before) {
  return static_cast<uint32_t>(crc32_z(before, bytes, size));
}

#if HWY_ARCH_X86 && HWY_TARGET <= HWY_SSE4
constexpr size_t kVector = 16;            // bytes
constexpr size_t kStretch = 4 * kVector;  // that have the same CRC-32 as those they follow
constexpr size_t kLeastBytes = 4 * kStretch;
constexpr uint32_t kNothing = 0xFFFFFFFF;  // before the first byte: no bit of it is changed

// Takes 64 bytes and the next 64 for as many with the same remainder, without carries (Gopal et
// al., Fast CRC Computation for Generic Polynomials Using PCLMULQDQ, 2009); zlib does the last 64.
uint32_t Crc(const uint8_t* bytes, size_t size, uint32_t before) {
  if (size < kLeastBytes) {
    return Zlib(bytes, size, before);
  }
  const hn::Full128<uint64_t> d;
  const hn::Repartition<uint8_t, decltype(d)> d8;
  const auto load = [&](size_t i) { return hn::BitCast(d, hn::LoadU(d8, bytes + i * kVector)); };
  constexpr int kBits = 8 * kStretch;
  alignas(kVector) static constexpr std::array<uint64_t, 2> kPowers = {PowerOfX(kBits + 32),
                                                                       PowerOfX(kBits - 32)};
  alignas(kVector) const std::array<uint64_t, 2> first = {~before, 0};
  const auto powers = hn::Load(d, kPowers.data());
  const auto fold = [&](auto sum, size_t i) {
    return hn::Xor(hn::Xor(hn::CLMulLower(sum, powers), hn::CLMulUpper(sum, powers)), load(i));
  };
  auto a = hn::Xor(load(0), hn::Load(d, first.data()));
  auto b = load(1);
  auto c = load(2);
  auto e = load(3);
  for (; size >= 2 * kStretch; size -= kStretch) {
    bytes += kStretch;
    a = fold(a, 0);
    b = fold(b, 1);
    c = fold(c, 2);
    e = fold(e, 3);
  }
  alignas(kVector) std::array<uint8_t, kStretch> rest;
  hn::Store(hn::BitCast(d8, a), d8, rest.data());
  hn::Store(hn::BitCast(d8, b), d8, rest.data() + kVector);
  hn::Store(hn::BitCast(d8, c), d8, rest.data() + 2 * kVector);
  hn::Store(hn::BitCast(d8, e), d8, rest.data() + 3 * kVector);
  return Zlib(bytes + kStretch, size - kStretch, Zlib(rest.data(), rest.size(), kNothing));
}
#else
uint32_t Crc(const uint8_t* bytes, size_t size, uint32_t before) {
  return Zlib(bytes, size, before);
}
#endif

}  // namespace HWY_NAMESPACE
}  // namespace tideline
HWY_AFTER_NAMESPACE();

#if HWY_ONCE
namespace tideline {

HWY_EXPORT(Crc);

uint32_t Crc32(std::span<const std::byte> bytes, uint32_t before) {
  if (bytes.empty()) {
    return before;  // zlib takes a null pointer for a question
  }
  return HWY_DYNAMIC_DISPATCH(Crc)(reinterpret_cast<const uint8_t*>(bytes.data()), bytes.size(),
                                   before);
}

}  // namespace tideline
#endif  // HWY_ONCE
