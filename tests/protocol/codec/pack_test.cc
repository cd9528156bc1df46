#include "protocol/codec/pack.h"

#include <algorithm>
#include <random>
#include <vector>

#include "gmock/gmock.h"
#include "gtest/gtest.h"

namespace tideline {
namespace {

using testing::ElementsAre;

std::vector<uint8_t> Packed(const std::vector<uint8_t>& symbols, int bits) {
  std::vector<uint8_t> packed(PackedSize(symbols.size(), bits));
  Pack(symbols, bits, packed);
  return packed;
}

TEST(PackTest, ASymbolTakesTheLeastPowerOfTwoOfBits) {
  for (int levels = 2; levels <= 256; ++levels) {
    const int bits = PackedBits(levels);
    EXPECT_GE(1 << bits, levels);
    if (bits > 1) {
      EXPECT_LT(1 << bits / 2, levels);
    }
  }
}

TEST(PackTest, TheFirstSymbolIsInTheLowestBits) {
  EXPECT_THAT(Packed({1, 0, 1, 1, 0, 0, 0, 1, 1}, 1), ElementsAre(0b10001101, 0b1));
  EXPECT_THAT(Packed({1, 2, 3, 0, 3}, 2), ElementsAre(0b00111001, 0b11));
  EXPECT_THAT(Packed({1, 2, 15}, 4), ElementsAre(0x21, 0x0F));
  EXPECT_THAT(Packed({1, 200}, 8), ElementsAre(1, 200));
}

TEST(PackTest, EveryLengthComesBack) {
  std::mt19937 random(3);
  for (const int bits : {1, 2, 4, 8}) {
    for (size_t size = 0; size < 100; ++size) {
      std::vector<uint8_t> symbols(size);
      std::ranges::generate(symbols, [&] { return random() % (1u << bits); });
      const std::vector<uint8_t> packed = Packed(symbols, bits);
      EXPECT_EQ(packed.size(), (size * static_cast<size_t>(bits) + 7) / 8);
      std::vector<uint8_t> back(size, 0xAA);
      Unpack(packed, bits, back);
      ASSERT_EQ(back, symbols) << bits << " bits, " << size << " symbols";
    }
  }
}

TEST(PackTest, AnyByteIsUnpacked) {
  std::vector<uint8_t> bytes(256);
  for (size_t i = 0; i < bytes.size(); ++i) {
    bytes[i] = static_cast<uint8_t>(i);
  }
  for (const int bits : {1, 2, 4}) {
    std::vector<uint8_t> symbols(bytes.size() * 8 / static_cast<size_t>(bits));
    Unpack(bytes, bits, symbols);
    EXPECT_EQ(*std::ranges::max_element(symbols), (1 << bits) - 1);
    EXPECT_EQ(Packed(symbols, bits), bytes);
  }
}

}  // namespace
}  // namespace tideline
