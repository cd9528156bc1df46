#pragma once

#include <cstdint>
#include <span>

#include "common/base/status.h"

// The arithmetic of the affine quantizer: fixed operations in a fixed order, so that every CPU and
// every instruction set gives the same bits (rounding mode: the default one, to nearest, ties to
// even). Pure.
namespace tideline {

// value = scale · (symbol - zero_point), so that symbol zero_point is exactly 0.
struct Affine {
  float scale = 1;
  int32_t zero_point = 0;  // 0 to levels - 1

  bool operator==(const Affine&) const = default;
};

// What a quantizer of any scale does with positions between two symbols.
struct Rounding {
  int levels = 256;     // symbols are 0 to levels - 1
  float dead_zone = 0;  // 0 to 0.5 of a scale: every value moves so far towards 0 before it is
                        // rounded; the error is then at most 0.5 + dead_zone of a scale

  bool operator==(const Rounding&) const = default;
};

// The parameters whose levels cover the values and zero.
// Errors: InvalidArgument for NaN, infinity, or a range beyond 1.7e38.
absl::StatusOr<Affine> FitAffine(std::span<const float> values, int levels);

// The parameters whose levels cover low to high, and zero. -1.7e38 <= low <= high <= 1.7e38.
Affine CoverRange(double low, double high, int levels);

// Whether a decoder accepts the parameters: the scale positive and 255 of it finite, the zero point
// a symbol.
bool IsSane(Affine affine, int levels);

// p = value / scale; p -= clamp(p, -dead_zone, dead_zone);
// symbol = clamp(p + zero_point, 0, levels - 1), rounded; every step in float32.
// `out` has the size of `in`. False, with nothing of use in `out`, where a value is NaN or
// infinite.
bool Quantize(std::span<const float> in, Affine affine, Rounding rounding, std::span<uint8_t> out);

// float(symbol - zero_point) · scale in float32. `out` has the size of `in`.
void Dequantize(std::span<const uint8_t> in, Affine affine, std::span<float> out);

}  // namespace tideline
