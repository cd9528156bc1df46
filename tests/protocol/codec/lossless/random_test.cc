#include <random>

#include <gtest/gtest.h>

#include "tests/protocol/codec/lossless/maps.h"

namespace tideline {
namespace {

// Sparse, uniform, constant, stepped, alternating: what no model expects.
std::vector<uint8_t> Draw(const SymbolFormat& format, std::mt19937& random) {
  const auto kind = random() % 5;
  const uint32_t levels = static_cast<uint32_t>(format.levels);
  const uint32_t rarity = 1 + random() % 30;
  std::vector<uint8_t> symbols(format.count());
  uint8_t last = static_cast<uint8_t>(random() % levels);
  for (size_t i = 0; i < symbols.size(); ++i) {
    const auto any = static_cast<uint8_t>(random() % levels);
    const bool rare = random() % rarity == 0;
    last = kind == 0   ? (rare ? any : format.zeros[0])
           : kind == 1 ? any
           : kind == 2 ? last
           : kind == 3 ? (rare ? any : last)
                       : static_cast<uint8_t>(i % 2 == 0 ? 0 : levels - 1);
    symbols[i] = last;
  }
  return symbols;
}

TEST(LosslessRandom, AHundredThousandTensorsComeBack) {
  std::mt19937 random(7);
  for (int round = 0; round < 34000; ++round) {
    const int levels = 2 + static_cast<int>(random() % (random() % 3 == 0 ? 255 : 15));
    SymbolFormat format =
        testing::Format(1 + random() % 6, 1 + random() % 6, 1 + random() % 6, levels,
                        static_cast<uint8_t>(random() % 2 == 0 ? 0 : random() % levels));
    format.images = 1 + random() % 2;
    const std::vector<uint8_t> symbols = Draw(format, random);
    for (const LosslessOptions& options : testing::AllOptions()) {
      const auto decoded =
          testing::Decode(testing::Encode(symbols, format, options), format, options);
      ASSERT_TRUE(decoded.ok()) << "round " << round << ": " << decoded.status();
      ASSERT_EQ(*decoded, symbols) << "round " << round;
    }
  }
}

}  // namespace
}  // namespace tideline
