#include "protocol/codec/lossless/range_coder.h"

#include <cmath>
#include <random>

#include <gtest/gtest.h>

namespace tideline::lossless {
namespace {

struct Decision {
  uint32_t p;
  int bit;
};

std::vector<Decision> Draw(size_t count, uint32_t seed) {
  std::mt19937 random(seed);
  std::vector<Decision> decisions(count);
  for (Decision& decision : decisions) {
    decision.p = random() % 4 == 0 ? 1 + random() % 65535 : (random() % 2 == 0 ? 1 : 65535);
    decision.bit = random() % 65536 < decision.p;
  }
  return decisions;
}

TEST(RangeCoder, DecodesWhatWasCoded) {
  for (uint32_t seed = 0; seed < 200; ++seed) {
    const std::vector<Decision> decisions = Draw(seed * 7, seed);
    RangeEncoder encoder;
    for (const Decision& decision : decisions) {
      encoder.Code(decision.p, decision.bit);
      encoder.CodeRaw(decision.p & 31, 5);
    }
    RangeDecoder decoder(encoder.Finish());
    for (const Decision& decision : decisions) {
      ASSERT_EQ(decoder.Code(decision.p, 0), decision.bit) << "seed " << seed;
      ASSERT_EQ(decoder.CodeRaw(0, 5), decision.p & 31) << "seed " << seed;
    }
  }
}

TEST(RangeCoder, TakesAsManyBitsAsTheProbabilitiesSay) {
  const std::vector<Decision> decisions = Draw(100000, 1);
  RangeEncoder encoder;
  double bits = 0;
  for (const Decision& decision : decisions) {
    encoder.Code(decision.p, decision.bit);
    bits -= std::log2((decision.bit ? decision.p : 65536.0 - decision.p) / 65536);
  }
  EXPECT_NEAR(static_cast<double>(encoder.Finish().size()) * 8, bits, bits * 0.001 + 16);
}

TEST(RangeCoder, CarryGoesThroughBytesThatAreWritten) {
  // The lower bounds add up to one less than a whole again and again.
  RangeEncoder encoder;
  for (int i = 0; i < 4000; ++i) {
    encoder.Code(i % 40 == 39 ? 65535 : 1, 0);
  }
  RangeDecoder decoder(encoder.Finish());
  for (int i = 0; i < 4000; ++i) {
    ASSERT_EQ(decoder.Code(i % 40 == 39 ? 65535 : 1, 0), 0) << i;
  }
}

TEST(RangeCoder, NothingTakesNoBytes) {
  RangeEncoder encoder;
  EXPECT_TRUE(encoder.Finish().empty());
}

}  // namespace
}  // namespace tideline::lossless
