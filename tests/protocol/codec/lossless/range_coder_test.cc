#include <cmath>
#include <random>

#include <gtest/gtest.h>

#include "protocol/codec/lossless/range_encoder.h"
#include "protocol/codec/lossless/range_reader.h"

namespace tideline::lossless {
namespace {

constexpr int kLimit = 250;

// What is coded one after the other: a bit that is often 0 in one of some contexts, a part of the
// range, and some bits as they are.
struct Decision {
  size_t context;
  int bit;
  uint32_t part;  // of four of unequal size
  uint32_t raw;
  int raw_bits;
};

constexpr uint32_t kParts[] = {0, 1, 2, 0x4000, 0x8000};

std::vector<Decision> Draw(size_t count, uint32_t seed) {
  std::mt19937 random(seed);
  std::vector<Decision> decisions(count);
  for (Decision& decision : decisions) {
    const int raw_bits = static_cast<int>(random() % 17);
    decision = {.context = random() % 3,
                .bit = random() % 16 == 0,
                .part = static_cast<uint32_t>(random() % 4),
                .raw = static_cast<uint32_t>(random()) & ((1u << raw_bits) - 1),
                .raw_bits = raw_bits};
  }
  return decisions;
}

std::vector<uint8_t> Encode(const std::vector<Decision>& decisions, bool raw) {
  RangeEncoder encoder(kLimit);
  std::array<AdaptiveBit, 3> bits;
  for (const Decision& decision : decisions) {
    RangeWriter writer = encoder.Open(/*values=*/1);
    writer.Bit(bits[decision.context], decision.bit);
    const uint32_t end = decision.part == 3 ? writer.range() : kParts[decision.part + 1];
    writer.Narrow(kParts[decision.part], end);
    if (raw) {
      writer.Raw(decision.raw, decision.raw_bits);
    }
    encoder.Close(writer);
  }
  const auto bytes = encoder.Finish();
  return {bytes.begin(), bytes.end()};
}

TEST(RangeCoder, DecodesWhatWasCoded) {
  for (uint32_t seed = 0; seed < 200; ++seed) {
    const std::vector<Decision> decisions = Draw(seed * 7, seed);
    const bool raw = seed % 2 == 0;
    const std::vector<uint8_t> bytes = Encode(decisions, raw);
    RangeReader reader(bytes, kLimit);
    std::array<AdaptiveBit, 3> bits;
    for (const Decision& decision : decisions) {
      ASSERT_EQ(reader.Bit(bits[decision.context], 0), decision.bit) << "seed " << seed;
      uint32_t part = 3;
      while (kParts[part] > reader.position()) {
        --part;
      }
      ASSERT_EQ(part, decision.part) << "seed " << seed;
      reader.Narrow(kParts[part], part == 3 ? reader.range() : kParts[part + 1]);
      if (raw) {
        ASSERT_EQ(reader.Raw(0, decision.raw_bits), decision.raw) << "seed " << seed;
      }
    }
  }
}

TEST(RangeCoder, TakesAsManyBitsAsTheProbabilitiesSay) {
  std::mt19937 random(1);
  RangeEncoder encoder(kLimit);
  AdaptiveBit state;
  double bits = 0;
  for (int i = 0; i < 100'000; ++i) {
    const int bit = random() % 10 == 0;
    const double p = state.probability() / 65536.0;
    bits -= std::log2(bit ? p : 1 - p);
    RangeWriter writer = encoder.Open(/*values=*/1);
    writer.Bit(state, bit);
    encoder.Close(writer);
  }
  EXPECT_NEAR(static_cast<double>(encoder.Finish().size()) * 8, bits, bits * 0.001 + 16);
}

TEST(RangeCoder, CarryGoesThroughBytesThatAreWritten) {
  // The uppermost part again and again, then all but it.
  RangeEncoder encoder(kLimit);
  for (int i = 0; i < 4000; ++i) {
    RangeWriter writer = encoder.Open(/*values=*/1);
    writer.Narrow(i % 40 == 39 ? 0 : writer.range() - 1, writer.range());
    encoder.Close(writer);
  }
  const auto bytes = encoder.Finish();
  RangeReader reader(bytes, kLimit);
  for (int i = 0; i < 4000; ++i) {
    const uint32_t low = i % 40 == 39 ? 0 : reader.range() - 1;
    ASSERT_GE(reader.position(), low) << i;
    ASSERT_LT(reader.position(), reader.range()) << i;
    reader.Narrow(low, reader.range());
  }
}

TEST(RangeCoder, NothingTakesNoBytes) {
  RangeEncoder encoder(kLimit);
  EXPECT_TRUE(encoder.Finish().empty());
}

TEST(RangeCoder, BytesThatWereNeverWrittenDecodeToSomething) {
  std::mt19937 random(1);
  for (int round = 0; round < 500; ++round) {
    std::vector<uint8_t> bytes(random() % 40);
    for (uint8_t& byte : bytes) {
      byte = round % 3 == 0 ? 0xFF : static_cast<uint8_t>(random());
    }
    RangeReader reader(bytes, kLimit);
    AdaptiveBit state;
    for (int i = 0; i < 200; ++i) {
      const int bit = reader.Bit(state, 0);
      EXPECT_TRUE(bit == 0 || bit == 1);
      EXPECT_GE(reader.range(), 0x8000u);
      EXPECT_LT(reader.Raw(0, 5), 32u);
    }
  }
}

TEST(AdaptiveSymbol, WeightsGoThereAndBack) {
  Weights weights{};
  weights[2] = 3;
  weights[15] = 1;
  const AdaptiveSymbol state = FromWeights(weights, 7);
  EXPECT_EQ(state.count(), 7);
  const Weights back = ToWeights(state);
  EXPECT_NEAR(static_cast<double>(back[2]), 0.75 * kSymbolScale, 2);
  EXPECT_NEAR(static_cast<double>(back[15]), 0.25 * kSymbolScale, 2);
  EXPECT_EQ(back[0] + back[1] + back[3], 0);
}

}  // namespace
}  // namespace tideline::lossless
