#pragma once

#include <cstdint>
#include <span>

// Floating-point numbers of 16 bits: rounded to nearest, ties to even. What is finite stays finite:
// beyond the largest number it becomes that. Infinities stay; NaNs stay NaN with the upper bits of
// their payload. The same bits on every CPU. `out` has the size of `in`. Pure.
namespace tideline {

// IEEE 754 binary16: 10 bits of mantissa, up to 65504.
void ToHalf(std::span<const float> in, std::span<uint16_t> out);
void FromHalf(std::span<const uint16_t> in, std::span<float> out);

// bfloat16: the upper half of a float32, 7 bits of mantissa.
void ToBfloat(std::span<const float> in, std::span<uint16_t> out);
void FromBfloat(std::span<const uint16_t> in, std::span<float> out);

}  // namespace tideline
