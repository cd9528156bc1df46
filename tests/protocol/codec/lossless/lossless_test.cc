#include "protocol/codec/lossless/lossless.h"

#include <cstdlib>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "hwy/targets.h"
#include "tests/protocol/codec/lossless/maps.h"

namespace tideline {
namespace {

using testing::AllOptions;
using testing::Decode;
using testing::Encode;
using testing::Format;
using testing::SmoothMap;
using testing::TrainTables;

std::vector<SymbolFormat> OddFormats() {
  std::vector<SymbolFormat> formats;
  for (const int levels : {2, 3, 4, 5, 16, 17, 33, 255, 256}) {
    for (const auto& [channels, rows, columns] :
         {std::tuple{1, 1, 1}, {1, 9, 13}, {7, 1, 13}, {7, 9, 1}, {300, 1, 1}, {5, 14, 14}}) {
      for (const int zero : {0, 1, levels / 2, levels - 1}) {
        formats.push_back(Format(channels, rows, columns, levels, static_cast<uint8_t>(zero)));
      }
    }
  }
  return formats;
}

TEST(Lossless, EveryShapeAndLevelComesBack) {
  for (const SymbolFormat& format : OddFormats()) {
    const std::vector<uint8_t> symbols = SmoothMap(format, 1);
    for (const LosslessOptions& options : AllOptions()) {
      const auto stream = Encode(symbols, format, options);
      EXPECT_LE(stream.size(), MaxEncodedBytes(format));
      EXPECT_EQ(*Decode(stream, format, options), symbols)
          << format.channels << "x" << format.rows << "x" << format.columns << ", " << format.levels
          << " levels";
    }
  }
}

TEST(Lossless, ConstantMapsTakeFewBytes) {
  const SymbolFormat format = Format(64, 28, 28, 16);
  for (const LosslessOptions& options : AllOptions()) {
    for (const uint8_t symbol : {0, 9}) {
      const std::vector<uint8_t> symbols(format.count(), symbol);
      const auto stream = Encode(symbols, format, options);
      EXPECT_LT(stream.size(), format.count() / 100);
      EXPECT_EQ(*Decode(stream, format, options), symbols);
    }
  }
}

TEST(Lossless, TensorWithoutSymbolsHasNoBytes) {
  SymbolFormat format = Format(3, 4, 5, 16);
  format.images = 0;
  for (const LosslessOptions& options : AllOptions()) {
    EXPECT_TRUE(Encode({}, format, options).empty());
    EXPECT_TRUE(Decode({}, format, options)->empty());
  }
}

TEST(Lossless, ChannelsMayHaveZerosOfTheirOwn) {
  SymbolFormat format = Format(4, 12, 12, 256);
  format.zeros = {0, 255, 128, 7};
  const std::vector<uint8_t> symbols = SmoothMap(format, 3);
  for (const LosslessOptions& options : AllOptions()) {
    EXPECT_EQ(*Decode(Encode(symbols, format, options), format, options), symbols);
  }
}

TEST(Lossless, BytesDoNotDependOnThreadsOrOnHowTheyCome) {
  const SymbolFormat format = Format(24, 112, 112, 16);
  const std::vector<uint8_t> symbols = SmoothMap(format, 4);
  for (LosslessOptions options : AllOptions()) {
    const auto stream = Encode(symbols, format, options);
    options.threads = 3;
    EXPECT_EQ(Encode(symbols, format, options), stream);
    const auto decoder = *LosslessDecoder::Create(format, options);
    for (size_t i = 0; i < stream.size(); i += 977) {
      ASSERT_TRUE(
          decoder->Feed(std::span(stream).subspan(i, std::min<size_t>(977, stream.size() - i)))
              .ok());
    }
    const auto decoded = *decoder->Finish();
    EXPECT_TRUE(std::ranges::equal(decoded, symbols));
  }
}

TEST(Lossless, ManySmallImagesShareSlices) {
  SymbolFormat format = Format(40, 7, 7, 16);
  format.images = 150;
  const std::vector<uint8_t> symbols = SmoothMap(format, 5);
  for (const LosslessOptions& options : AllOptions()) {
    EXPECT_EQ(*Decode(Encode(symbols, format, options), format, options), symbols);
  }
}

TEST(Lossless, DenseHandsOnItsSlicesOneByOne) {
  const SymbolFormat format = Format(48, 112, 112, 16);
  const std::vector<uint8_t> symbols = SmoothMap(format, 6);
  LosslessEncoder encoder;
  int pieces = 0;
  ASSERT_TRUE(encoder
                  .Encode(symbols, format, {.tables = nullptr},
                          [&](std::span<const std::byte>) {
                            ++pieces;
                            return absl::OkStatus();
                          })
                  .ok());
  EXPECT_EQ(pieces, 11);  // header, nine bands, check
}

TEST(Lossless, SinksErrorEndsEncoding) {
  const SymbolFormat format = Format(4, 8, 8, 16);
  for (const LosslessOptions& options : AllOptions()) {
    LosslessEncoder encoder;
    int calls = 0;
    const absl::Status status =
        encoder.Encode(SmoothMap(format, 7), format, options, [&](std::span<const std::byte>) {
          ++calls;
          return Cancelled("enough");
        });
    EXPECT_EQ(status.code(), absl::StatusCode::kCancelled);
    EXPECT_EQ(calls, 1);
  }
}

// Every prefix decodes within the tolerance that is stated, which gets smaller with the layers.
TEST(Lossless, ProgressivePrefixStaysWithinItsTolerance) {
  for (const int levels : {3, 4, 16, 100, 256}) {
    const SymbolFormat format = Format(6, 20, 20, levels, static_cast<uint8_t>(levels / 3));
    const std::vector<uint8_t> symbols = SmoothMap(format, 8);
    const LosslessOptions options{.progressive = true, .tables = nullptr};
    const auto stream = Encode(symbols, format, options);
    const auto decoder = *LosslessDecoder::Create(format, options);
    EXPECT_EQ(decoder->Prefix().status().code(), absl::StatusCode::kUnavailable);
    std::vector<int> tolerances;
    for (const std::byte byte : stream) {
      ASSERT_TRUE(decoder->Feed(std::span(&byte, 1)).ok());
      const absl::StatusOr<SymbolPrefix> prefix = decoder->Prefix();
      if (!prefix.ok()) {
        continue;
      }
      if (tolerances.empty() || tolerances.back() != prefix->tolerance) {
        tolerances.push_back(prefix->tolerance);
      }
      for (size_t i = 0; i < symbols.size(); ++i) {
        ASSERT_LE(std::abs(symbols[i] - prefix->symbols[i]), prefix->tolerance);
        if (symbols[i] == format.zeros[0]) {
          ASSERT_EQ(prefix->symbols[i], symbols[i]);
        }
      }
    }
    EXPECT_TRUE(std::ranges::is_sorted(tolerances, std::greater<>()));
    EXPECT_GT(tolerances.size(), 1u);
    EXPECT_EQ(tolerances.back(), 0);
  }
}

// 0 means the best one.
void ChooseTarget(int64_t target) {
  hwy::SetSupportedTargetsForTest(target);
  hwy::GetChosenTarget().Update(hwy::SupportedTargets());
}

TEST(Lossless, EveryInstructionSetWritesAndReadsTheSameBytes) {
  for (const int levels : {3, 16, 256}) {
    const SymbolFormat format = Format(5, 14, 14, levels, static_cast<uint8_t>(levels / 3));
    const std::vector<uint8_t> symbols = SmoothMap(format, 1);
    for (const LosslessOptions& options : AllOptions()) {
      const std::vector<std::byte> stream = Encode(symbols, format, options);
      for (const int64_t target : hwy::SupportedAndGeneratedTargets()) {
        SCOPED_TRACE(hwy::TargetName(target));
        ChooseTarget(target);
        EXPECT_EQ(Encode(symbols, format, options), stream);
        EXPECT_EQ(*Decode(stream, format, options), symbols);
      }
      ChooseTarget(0);
    }
  }
}

TEST(Lossless, ValuesFarFromTheirPredictionComeBack) {
  const SymbolFormat format = Format(3, 20, 20, 256, 7);
  std::mt19937 random(1);
  std::vector<uint8_t> symbols(format.count(), 9);
  for (size_t i = 0; i < symbols.size(); i += 1 + random() % 40) {
    symbols[i] = static_cast<uint8_t>(random());
  }
  for (const LosslessOptions& options : AllOptions()) {
    EXPECT_EQ(*Decode(Encode(symbols, format, options), format, options), symbols);
  }
}

TEST(Lossless, TablesMakeStreamsSmaller) {
  const SymbolFormat format = Format(32, 7, 7, 16);
  const std::vector<uint8_t> symbols = SmoothMap(format, 9);
  for (const bool progressive : {false, true}) {
    LosslessOptions options{.progressive = progressive, .tables = nullptr};
    const size_t without = Encode(symbols, format, options).size();
    options.tables = TrainTables(format);
    const auto stream = Encode(symbols, format, options);
    EXPECT_LT(static_cast<double>(stream.size()), 0.95 * static_cast<double>(without));
    EXPECT_EQ(*Decode(stream, format, options), symbols);
  }
}

TEST(Lossless, TablesOfAnotherCutAreRefused) {
  LosslessOptions options{.tables = TrainTables(Format(4, 7, 7, 16))};
  for (const SymbolFormat& format : {Format(5, 7, 7, 16), Format(4, 7, 7, 15)}) {
    EXPECT_EQ(LosslessDecoder::Create(format, options).status().code(),
              absl::StatusCode::kInvalidArgument);
    EXPECT_TRUE(Encode(SmoothMap(format, 1), format, options).empty());
  }
}

}  // namespace
}  // namespace tideline
