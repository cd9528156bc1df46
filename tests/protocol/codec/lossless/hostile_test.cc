#include <random>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "tests/protocol/codec/lossless/maps.h"

namespace tideline {
namespace {

using testing::AllOptions;
using testing::Decode;
using testing::Encode;
using testing::Format;
using testing::SmoothMap;

TEST(HostileStream, EveryFlippedBitIsNoticedOrChangesNothing) {
  const SymbolFormat format = Format(4, 9, 9, 16, 3);
  const std::vector<uint8_t> symbols = SmoothMap(format, 1);
  for (const LosslessOptions& options : AllOptions()) {
    std::vector<std::byte> stream = Encode(symbols, format, options);
    for (size_t bit = 0; bit < 8 * stream.size(); ++bit) {
      stream[bit / 8] ^= std::byte{1} << bit % 8;
      const auto decoded = Decode(stream, format, options);
      if (decoded.ok()) {
        EXPECT_EQ(options.method, LosslessMethod::kFast) << bit;  // zstd has bits of no meaning
        EXPECT_EQ(*decoded, symbols) << bit;
      } else {
        EXPECT_EQ(decoded.status().code(), absl::StatusCode::kDataLoss) << bit;
      }
      stream[bit / 8] ^= std::byte{1} << bit % 8;
    }
  }
}

TEST(HostileStream, ABrokenOneLeavesNothingForTheNext) {
  const SymbolFormat format = Format(4, 9, 9, 16, 3);
  const std::vector<uint8_t> symbols = SmoothMap(format, 1);
  for (const LosslessOptions& options : AllOptions()) {
    const std::vector<std::byte> stream = Encode(symbols, format, options);
    for (size_t size = 0; size < stream.size(); size += 3) {
      EXPECT_FALSE(Decode(std::span(stream).first(size), format, options).ok());
      EXPECT_EQ(*Decode(stream, format, options), symbols) << size;
    }
  }
}

TEST(HostileStream, EveryShorterAndLongerOneIsNoticed) {
  const SymbolFormat format = Format(4, 9, 9, 16, 3);
  for (const LosslessOptions& options : AllOptions()) {
    std::vector<std::byte> stream = Encode(SmoothMap(format, 1), format, options);
    for (size_t size = 0; size < stream.size(); ++size) {
      EXPECT_EQ(Decode(std::span(stream).first(size), format, options).status().code(),
                absl::StatusCode::kDataLoss)
          << size;
    }
    stream.push_back(std::byte{0});
    EXPECT_EQ(Decode(stream, format, options).status().code(), absl::StatusCode::kDataLoss);
  }
}

TEST(HostileStream, RandomBytesEndInAnError) {
  std::mt19937 random(1);
  for (int round = 0; round < 3000; ++round) {
    SymbolFormat format = Format(1 + random() % 5, 1 + random() % 9, 1 + random() % 9,
                                 2 + static_cast<int>(random() % 255));
    format.images = 1 + random() % 3;
    for (const LosslessOptions& options : AllOptions()) {
      std::vector<std::byte> stream(random() % 200);
      for (std::byte& byte : stream) {
        byte = static_cast<std::byte>(random());
      }
      if (stream.size() > 4) {
        stream[0] = options.method == LosslessMethod::kFast
                        ? std::byte{0x02}
                        : std::byte{0x12} | (stream[0] & std::byte{0xC0});
        stream[1] &= std::byte{0x3F};
      }
      EXPECT_EQ(Decode(stream, format, options).status().code(), absl::StatusCode::kDataLoss);
    }
  }
}

TEST(HostileStream, SlicesThatCannotBeAreRefused) {
  const SymbolFormat format = Format(2, 4, 4, 16);
  for (const auto& [images, bands] : {std::pair{0, 1}, {2, 1}, {1, 0}, {1, 5}, {127, 127}}) {
    const std::vector<std::byte> stream = {std::byte{0x92}, static_cast<std::byte>(images),
                                           static_cast<std::byte>(bands)};
    const auto decoder = *LosslessDecoder::Create(format, {.tables = nullptr});
    EXPECT_THAT(decoder->Feed(stream).ToString(), ::testing::HasSubstr("slices of"));
  }
}

TEST(HostileStream, SliceLongerThanAnyCanBeIsRefusedBeforeItComes) {
  const auto decoder = *LosslessDecoder::Create(Format(1, 2, 2, 16), {.tables = nullptr});
  const std::vector<std::byte> stream = {std::byte{0x12}, std::byte{0xFF}, std::byte{0xFF},
                                         std::byte{0x7F}};
  EXPECT_EQ(decoder->Feed(stream).code(), absl::StatusCode::kDataLoss);
}

}  // namespace
}  // namespace tideline
