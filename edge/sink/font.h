#pragma once

#include <array>
#include <cstdint>

namespace tideline {

// Letters of five columns and seven rows; in a row the leftmost column is bit 4.
inline constexpr int kGlyphColumns = 5;
inline constexpr int kGlyphRows = 7;
using Glyph = std::array<uint8_t, kGlyphRows>;

// That of a letter; small letters have those of capital ones, unknown ones that of '?'.
const Glyph& GlyphOf(char letter);

}  // namespace tideline
