#include <gtest/gtest.h>

#include "common/base/hash.h"
#include "tests/protocol/codec/lossless/maps.h"

// Streams of version 2. Where one of them changes, the version must change; but the number of
// slices is the encoder's choice, which the stream states.
namespace tideline {
namespace {

SymbolFormat GoldenFormat() { return testing::Format(2, 3, 5, 16, 2); }

const std::vector<uint8_t>& GoldenSymbols() {
  static const std::vector<uint8_t> symbols = {2, 2, 3, 4, 4, 2, 3, 4,  5,  5, 2, 3, 4, 5, 6,
                                               9, 9, 8, 2, 2, 9, 8, 15, 14, 2, 9, 0, 1, 2, 2};
  return symbols;
}

std::string Hex(std::span<const std::byte> bytes) {
  return ToHex({reinterpret_cast<const uint8_t*>(bytes.data()), bytes.size()});
}

TEST(GoldenStream, Dense) {
  EXPECT_EQ(Hex(testing::Encode(GoldenSymbols(), GoldenFormat(), testing::AllOptions()[1])),
            "1211bd3f997b73dabf0c12d4f8e964be980a8a20ac8fbb");
}

TEST(GoldenStream, DenseProgressive) {
  EXPECT_EQ(Hex(testing::Encode(GoldenSymbols(), GoldenFormat(), testing::AllOptions()[2])),
            "5206fb4114083fb40dbd6b9cd706d00b6f60a13c534388cef688");
}

TEST(GoldenStream, DenseOfManyBitsAndSlices) {
  const SymbolFormat format = testing::Format(8, 160, 160, 256, 100);
  std::vector<uint8_t> symbols(format.count());
  for (size_t i = 0; i < symbols.size(); ++i) {
    symbols[i] = static_cast<uint8_t>(100 + (i * i % 1009) % 13 + i % 160 / 4);
  }
  const auto stream = testing::Encode(symbols, format, testing::AllOptions()[1]);
  EXPECT_EQ(ToHex(Sha256(stream)),
            "a0019bbccbfd378571e8b6bee99756b9a367a4a35fc4d12361ffa16568554388");
}

// zstd's bytes may change with its release; what they decode to may not.
TEST(GoldenStream, FastDecodes) {
  const std::string_view hex = "0228b52ffd2410810000010211001111101191f00af0670aa80b9d8a675b";
  std::vector<std::byte> stream;
  for (size_t i = 0; i < hex.size(); i += 2) {
    stream.push_back(static_cast<std::byte>(std::stoi(std::string(hex.substr(i, 2)), nullptr, 16)));
  }
  EXPECT_EQ(*testing::Decode(stream, GoldenFormat(), testing::AllOptions()[0]), GoldenSymbols());
}

}  // namespace
}  // namespace tideline
