#include "protocol/codec/lossless/tables.h"

#include <cstring>
#include <random>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "common/base/hash.h"
#include "tests/protocol/codec/lossless/maps.h"

namespace tideline {
namespace {

using testing::Format;
using testing::SmoothMap;

class Tables : public ::testing::Test {
 protected:
  void SetUp() override {
    const auto trainer = *LosslessTrainer::Create(format_);
    for (uint32_t seed = 0; seed < 4; ++seed) {
      ASSERT_TRUE(trainer->Add(SmoothMap(format_, seed), format_).ok());
    }
    const Bytes bytes = *trainer->Finish();
    bytes_.assign(bytes.view.begin(), bytes.view.end());
  }
  void FlipByte(size_t at) { bytes_[at] ^= std::byte{0x5A}; }
  void MendCheck() {
    const uint32_t check = Crc32(std::span(bytes_).first(bytes_.size() - 4));
    std::memcpy(bytes_.data() + bytes_.size() - 4, &check, 4);
  }
  absl::StatusCode Parse() const { return LosslessTables::Parse(bytes_).status().code(); }

  SymbolFormat format_ = Format(6, 8, 8, 16);
  std::vector<std::byte> bytes_;
};

TEST_F(Tables, SuitFormatsOfTheSameChannelsAndLevels) {
  const auto tables = *LosslessTables::Parse(bytes_);
  EXPECT_TRUE(tables->Suits(format_));
  EXPECT_TRUE(tables->Suits(Format(6, 20, 1, 16, 3)));
  EXPECT_FALSE(tables->Suits(Format(6, 8, 8, 4)));
  EXPECT_FALSE(tables->Suits(Format(5, 8, 8, 16)));
}

TEST_F(Tables, SameSamplesMakeTheSameBytes) {
  const std::vector<std::byte> before = bytes_;
  SetUp();
  EXPECT_EQ(bytes_, before);
}

TEST_F(Tables, EveryDamagedByteIsNoticed) {
  for (size_t at = 0; at < bytes_.size(); ++at) {
    FlipByte(at);
    EXPECT_NE(Parse(), absl::StatusCode::kOk) << at;
    FlipByte(at);
  }
}

TEST_F(Tables, HostileContentWithAGoodCheckIsSoundOrRefused) {
  std::mt19937 random(1);
  for (int round = 0; round < 2000; ++round) {
    const std::vector<std::byte> before = bytes_;
    for (int flips = 0; flips < 3; ++flips) {
      FlipByte(4 + random() % (bytes_.size() - 4));
    }
    MendCheck();
    const auto tables = LosslessTables::Parse(bytes_);
    if (tables.ok() && (*tables)->Suits(format_)) {
      const LosslessOptions options{.tables = *tables};
      const auto symbols = SmoothMap(format_, 9);
      EXPECT_EQ(*testing::Decode(testing::Encode(symbols, format_, options), format_, options),
                symbols);
    }
    bytes_ = before;
  }
}

TEST_F(Tables, AnotherVersionIsNamed) {
  bytes_[4] = std::byte{3};
  MendCheck();
  EXPECT_THAT(LosslessTables::Parse(bytes_).status().ToString(),
              ::testing::HasSubstr("version 3, this program reads 2"));
}

TEST_F(Tables, ShorterAndLargerOnesAreRefused) {
  for (size_t size = 0; size < bytes_.size(); size += 7) {
    EXPECT_EQ(LosslessTables::Parse(std::span(bytes_).first(size)).status().code(),
              absl::StatusCode::kDataLoss);
  }
  bytes_.resize(kMaxTablesBytes + 1);
  EXPECT_EQ(Parse(), absl::StatusCode::kResourceExhausted);
}

TEST(Trainer, NeedsSamplesOfItsFormat) {
  const auto trainer = *LosslessTrainer::Create(Format(6, 8, 8, 16));
  EXPECT_EQ(trainer->Finish().status().code(), absl::StatusCode::kFailedPrecondition);
  const SymbolFormat other = Format(5, 8, 8, 16);
  EXPECT_EQ(trainer->Add(SmoothMap(other, 1), other).code(), absl::StatusCode::kInvalidArgument);
}

}  // namespace
}  // namespace tideline
