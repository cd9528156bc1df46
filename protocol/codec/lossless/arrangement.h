#pragma once

#include <cstdint>
#include <span>
#include <vector>

#include "protocol/codec/lossless/symbols.h"

// Symbols in the form that zstd makes least of: FORMAT-LOSSLESS.md, section 4.
namespace tideline::lossless {

enum class Arrangement : uint8_t {
  kPlain = 0,     // the symbols
  kResidual = 1,  // their distances from the mean of the left and the upper neighbour
};
inline constexpr int kArrangementCount = 2;

// 8, 4, 2 or 1, so that one byte holds them.
int SymbolsPerByte(int levels);
uint64_t ArrangedBytes(const SymbolFormat& format);

// Which one leaves less entropy, seen on a part of the rows. For encoders: floats decide.
Arrangement BetterArrangement(std::span<const uint8_t> symbols, const SymbolFormat& format);

// `out` has the bytes that ArrangedBytes says.
void Arrange(std::span<const uint8_t> symbols, const SymbolFormat& format, Arrangement arrangement,
             std::span<uint8_t> out);
// Any bytes give symbols of the format.
void Restore(std::span<const uint8_t> arranged, const SymbolFormat& format, Arrangement arrangement,
             std::span<uint8_t> symbols);

}  // namespace tideline::lossless
