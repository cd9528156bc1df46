#pragma once

#include <cstdint>
#include <span>

#include "partitioner/quantizer/histogram.h"

// Which real numbers the 256 codes of 8 bits stand for. Clipping few large values makes the steps
// between all the others smaller; the range with the smallest mean squared error is searched.
// Pure functions.
namespace tideline {

// real = scale * (code - zero_point) for codes from 0 to 255; zero is a code.
struct ActivationRange {
  double scale = 1;
  int zero_point = 0;

  bool operator==(const ActivationRange&) const = default;
};
inline constexpr int kLargestActivationCode = 255;

ActivationRange SearchActivationRange(const Histogram& histogram);

// real = scale * code for codes from -64 to 64. x86 CPUs without VNNI add the products of two
// neighbours, 255 * code each, in 16 bits: larger codes overflow there and give wrong answers.
// The scale for one output channel of a weight; 1 where it has none but zeros.
inline constexpr int kLargestWeightCode = 64;
float SearchWeightScale(std::span<const float> weights);

}  // namespace tideline
