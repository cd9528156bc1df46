#pragma once

#include <cstddef>
#include <cstdint>
#include <span>
#include <vector>

#include "common/base/status.h"
#include "common/tensor/tensor.h"

// What the lossless coders code: a quantized tensor.
namespace tideline {

inline constexpr uint64_t kMaxSymbols = uint64_t{1} << 30;

// Symbols lie in row-major order over [N, C, H, W], one byte each, from 0 to levels - 1.
struct SymbolFormat {
  uint64_t images = 1;    // N
  uint64_t channels = 1;  // C
  uint64_t rows = 1;      // H
  uint64_t columns = 1;   // W
  int levels = 256;       // 2 to 256
  // The symbol that stands for the value 0: one for all channels, or one for each.
  std::vector<uint8_t> zeros = {0};

  bool operator==(const SymbolFormat&) const = default;
  uint64_t count() const { return images * channels * rows * columns; }
  uint8_t zero(uint64_t channel) const { return zeros[zeros.size() == 1 ? 0 : channel]; }
};

// Maps a tensor's shape: [] and [C] have no N, [N, C] no H and W, [N, C, W] no H; what follows the
// fourth dimension is joined to W. Errors: as CheckFormat.
absl::StatusOr<SymbolFormat> MakeSymbolFormat(const Shape& shape, int levels,
                                              std::vector<uint8_t> zeros);

// Errors: InvalidArgument where levels are not 2 to 256, a zero is no symbol, their number is
// neither 1 nor C, or there are more than kMaxSymbols symbols.
absl::Status CheckFormat(const SymbolFormat& format);

// Errors: InvalidArgument where they are not as many as the format says, or not below its levels.
absl::Status CheckSymbols(std::span<const uint8_t> symbols, const SymbolFormat& format);

}  // namespace tideline
