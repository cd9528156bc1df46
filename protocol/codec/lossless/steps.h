#pragma once

#include <algorithm>
#include <array>
#include <cstdint>

#include "protocol/codec/lossless/adaptive.h"

// How a value of many is divided into a symbol and bits.
namespace tideline::lossless {

// How many values make one step from the prediction, as a power of two: three to four tenths of
// the error that is expected. Where the prediction is less than a step above the least value,
// steps are counted from there and are a quarter of that.
inline int StepBits(int activity) { return std::max(activity - 11, 0) >> 1; }
inline int StepBitsAbove(int step) { return std::max(step - 2, 0); }

// A symbol says how many steps away the value is, exactly where they are few, and bits below it
// say the rest.
struct Stretch {
  int8_t first;  // step
  int8_t bits;   // of their number
};
using Stretches = std::array<Stretch, kSymbols>;
inline constexpr int kEscape = kSymbols - 1;  // further away
inline constexpr Stretches kAround = {{{-19, 3},
                                       {-11, 2},
                                       {-7, 1},
                                       {-5, 1},
                                       {-3, 0},
                                       {-2, 0},
                                       {-1, 0},
                                       {0, 0},
                                       {1, 0},
                                       {2, 0},
                                       {3, 0},
                                       {4, 1},
                                       {6, 1},
                                       {8, 2},
                                       {12, 3},
                                       {0, 0}}};
inline constexpr Stretches kAbove = {{{0, 0},
                                      {1, 0},
                                      {2, 0},
                                      {3, 0},
                                      {4, 1},
                                      {6, 1},
                                      {8, 1},
                                      {10, 2},
                                      {14, 2},
                                      {18, 2},
                                      {22, 3},
                                      {30, 3},
                                      {38, 3},
                                      {46, 4},
                                      {62, 4},
                                      {0, 0}}};
inline constexpr int kLowest = -20;  // steps, of which the first and the last are too far
inline constexpr int kHighest = 78;

// A number of steps as it is coded.
struct CodedStep {
  uint8_t symbol;
  Stretch stretch;  // of the symbol
};
inline constexpr int kStepCount = kHighest - kLowest + 1;
inline constexpr std::array<Stretches, 2> kStretches = {kAround, kAbove};
// From kLowest on around the prediction, then as many above the least value.
inline constexpr auto kCodedSteps = [] {
  std::array<CodedStep, 2 * kStepCount> steps{};
  steps.fill({kEscape, {0, 0}});
  for (int above = 0; above < 2; ++above) {
    for (int symbol = 0; symbol < kEscape; ++symbol) {
      const Stretch stretch = kStretches[above][symbol];
      for (int i = 0; i < 1 << stretch.bits; ++i) {
        steps[above * kStepCount + stretch.first + i - kLowest] = {static_cast<uint8_t>(symbol),
                                                                   stretch};
      }
    }
  }
  return steps;
}();

}  // namespace tideline::lossless
