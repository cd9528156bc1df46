#pragma once

#include <algorithm>
#include <cmath>
#include <cstddef>
#include <cstdint>
#include <memory>
#include <random>
#include <utility>
#include <vector>

#include "protocol/codec/lossless/lossless.h"

// Feature maps for the tests of the lossless coders.
namespace tideline::testing {

inline SymbolFormat Format(uint64_t channels, uint64_t rows, uint64_t columns, int levels,
                           uint8_t zero = 0) {
  return {.images = 1,
          .channels = channels,
          .rows = rows,
          .columns = columns,
          .levels = levels,
          .zeros = {zero}};
}

// Smooth waves with noise, each channel with its own mean; what falls below 0 is 0.
inline std::vector<uint8_t> SmoothMap(const SymbolFormat& format, uint32_t seed) {
  std::mt19937 random(seed);
  std::vector<uint8_t> symbols;
  for (uint64_t plane = 0; plane < format.images * format.channels; ++plane) {
    const double phase = static_cast<double>(random() % 628) / 100;
    const double mean = static_cast<double>(plane % format.channels % 7) / 7 * format.levels;
    for (uint64_t y = 0; y < format.rows; ++y) {
      for (uint64_t x = 0; x < format.columns; ++x) {
        const double wave = std::sin(phase + static_cast<double>(x) / 5) *
                            std::cos(static_cast<double>(y) / 7) * format.levels / 2;
        const double noise = static_cast<double>(random() % 100) / 1000 * format.levels;
        symbols.push_back(static_cast<uint8_t>(
            std::clamp(mean + wave + noise - format.levels * 0.3, 0.0, format.levels - 1.0)));
      }
    }
  }
  return symbols;
}

inline std::vector<std::byte> Encode(const std::vector<uint8_t>& symbols,
                                     const SymbolFormat& format, const LosslessOptions& options) {
  std::vector<std::byte> stream;
  LosslessEncoder encoder;
  const absl::Status status =
      encoder.Encode(symbols, format, options, [&](std::span<const std::byte> bytes) {
        stream.insert(stream.end(), bytes.begin(), bytes.end());
        return absl::OkStatus();
      });
  return status.ok() ? stream : std::vector<std::byte>();
}

inline absl::StatusOr<std::vector<uint8_t>> Decode(std::span<const std::byte> stream,
                                                   const SymbolFormat& format,
                                                   const LosslessOptions& options) {
  ASSIGN_OR_RETURN(const auto decoder, LosslessDecoder::Create(format, options));
  RETURN_IF_ERROR(decoder->Feed(stream));
  ASSIGN_OR_RETURN(const auto symbols, decoder->Finish());
  return std::vector<uint8_t>(symbols.begin(), symbols.end());
}

// Trained on maps that SmoothMap makes of the seeds 100 and on.
inline std::shared_ptr<const LosslessTables> TrainTables(const SymbolFormat& format) {
  const auto trainer = *LosslessTrainer::Create(format);
  for (uint32_t seed = 100; seed < 108; ++seed) {
    if (!trainer->Add(SmoothMap(format, seed), format).ok()) {
      return nullptr;
    }
  }
  return *LosslessTables::Parse(trainer->Finish()->view);
}

inline const std::vector<LosslessOptions>& AllOptions() {
  static const std::vector<LosslessOptions> all = {
      {.method = LosslessMethod::kFast, .tables = nullptr},
      {.method = LosslessMethod::kDense, .tables = nullptr},
      {.method = LosslessMethod::kDense, .progressive = true, .tables = nullptr}};
  return all;
}

}  // namespace tideline::testing
