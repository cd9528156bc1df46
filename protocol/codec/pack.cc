#include "protocol/codec/pack.h"

#include <algorithm>
#include <bit>
#include <cstring>

// Eight symbols at a time in a register: the upper neighbour moves down beside the lower one, first
// of single symbols, then of pairs, then of fours; and the other way round.
namespace tideline {
namespace {

static_assert(std::endian::native == std::endian::little, "the first symbol is the lowest byte");

constexpr size_t kGroup = 8;

template <int kBits>
uint64_t PackGroup(uint64_t symbols) {
  symbols = (symbols | (symbols >> (8 - kBits))) & 0x00FF00FF00FF00FF;
  symbols = (symbols | (symbols >> (16 - 2 * kBits))) & 0x0000FFFF0000FFFF;
  return (symbols | (symbols >> (32 - 4 * kBits))) & 0x00000000FFFFFFFF;
}

template <int kBits>
uint64_t UnpackGroup(uint64_t packed) {
  constexpr uint64_t kFours = 0x0000000100000001 * ((1 << 4 * kBits) - 1);
  constexpr uint64_t kPairs = 0x0001000100010001 * ((1 << 2 * kBits) - 1);
  constexpr uint64_t kOnes = 0x0101010101010101 * ((1 << kBits) - 1);
  packed = (packed | (packed << (32 - 4 * kBits))) & kFours;
  packed = (packed | (packed << (16 - 2 * kBits))) & kPairs;
  return (packed | (packed << (8 - kBits))) & kOnes;
}

// A group of kBits bytes for every eight symbols; the last one may be shorter.
template <int kBits>
void PackAll(std::span<const uint8_t> symbols, uint8_t* packed) {
  for (; symbols.size() >= kGroup; symbols = symbols.subspan(kGroup), packed += kBits) {
    uint64_t group = 0;
    std::memcpy(&group, symbols.data(), kGroup);
    group = PackGroup<kBits>(group);
    std::memcpy(packed, &group, kBits);
  }
  if (!symbols.empty()) {
    uint64_t group = 0;
    std::memcpy(&group, symbols.data(), symbols.size());
    group = PackGroup<kBits>(group);
    std::memcpy(packed, &group, PackedSize(symbols.size(), kBits));
  }
}

template <int kBits>
void UnpackAll(const uint8_t* packed, std::span<uint8_t> symbols) {
  for (; symbols.size() >= kGroup; symbols = symbols.subspan(kGroup), packed += kBits) {
    uint64_t group = 0;
    std::memcpy(&group, packed, kBits);
    group = UnpackGroup<kBits>(group);
    std::memcpy(symbols.data(), &group, kGroup);
  }
  if (!symbols.empty()) {
    uint64_t group = 0;
    std::memcpy(&group, packed, PackedSize(symbols.size(), kBits));
    group = UnpackGroup<kBits>(group);
    std::memcpy(symbols.data(), &group, symbols.size());
  }
}

}  // namespace

int PackedBits(int levels) { return levels <= 2 ? 1 : levels <= 4 ? 2 : levels <= 16 ? 4 : 8; }

size_t PackedSize(size_t symbols, int bits) {
  const size_t per_byte = 8 / static_cast<size_t>(bits);
  return symbols / per_byte + (symbols % per_byte != 0 ? 1 : 0);
}

void Pack(std::span<const uint8_t> symbols, int bits, std::span<uint8_t> packed) {
  switch (bits) {
    case 1:
      return PackAll<1>(symbols, packed.data());
    case 2:
      return PackAll<2>(symbols, packed.data());
    case 4:
      return PackAll<4>(symbols, packed.data());
    default:
      std::ranges::copy(symbols, packed.begin());
  }
}

void Unpack(std::span<const uint8_t> packed, int bits, std::span<uint8_t> symbols) {
  switch (bits) {
    case 1:
      return UnpackAll<1>(packed.data(), symbols);
    case 2:
      return UnpackAll<2>(packed.data(), symbols);
    case 4:
      return UnpackAll<4>(packed.data(), symbols);
    default:
      std::ranges::copy(packed, symbols.begin());
  }
}

}  // namespace tideline
