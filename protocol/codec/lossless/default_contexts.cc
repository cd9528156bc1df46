#include "protocol/codec/lossless/default_contexts.h"

#include <algorithm>
#include <array>
#include <cstdlib>
#include <memory>
#include <mutex>

#include "protocol/codec/lossless/steps.h"

namespace tideline::lossless {
namespace {

constexpr int kParts = 8;  // of a step, that distances are counted in
constexpr int kLongest = kParts * (kHighest + 2);

// What is left of a chance a part further away, in 1/65536: exp(-2^(4.5 - activity / 2) / 8).
constexpr std::array<uint32_t, kActivities> kDecays = {
    3874,  8869,  15933, 24109, 32314, 39750, 46019, 51039, 54917, 57835, 59992, 61565,
    62703, 63520, 64104, 64520, 64816, 65026, 65175, 65280, 65355, 65408, 65446, 65472};

// By distance.
std::array<uint64_t, kLongest> Decay(int activity) {
  std::array<uint64_t, kLongest> weights{};
  uint64_t weight = uint64_t{1} << 40;
  for (uint64_t& one : weights) {
    one = weight;
    weight = weight * kDecays[activity] >> 16;
  }
  return weights;
}

void FillFew(int values, int activity, Contexts& contexts) {
  const auto decay = Decay(2 * activity);
  for (int position = 0; position < kPositions; ++position) {
    const int reached = std::min(position, 4 * values - 1);
    Weights weights{};
    for (int i = 0; i < values; ++i) {
      weights[i] = decay[std::abs(kParts * i + 4 - (2 * reached + 1))];
    }
    contexts.symbols[kFew + position * (kActivities / 2) + activity] = FromWeights(weights, 0);
  }
}

// The chance of each symbol where the prediction is `fraction` of a value off the middle one.
Weights WeighSteps(const Stretches& stretches, int step, int fraction, int activity) {
  const auto decay = Decay(std::max(activity - 2 * step, 0));
  Weights weights{};
  uint64_t sum = 0;
  for (int symbol = 0; symbol < kEscape; ++symbol) {
    for (int i = 0; i < 1 << stretches[symbol].bits; ++i) {
      const int center = kParts * ((stretches[symbol].first + i) << step) - (step > 0 ? 4 : 0);
      const int distance = std::abs(center - (2 * fraction - 3)) >> step;
      weights[symbol] += decay[std::min(distance, kLongest - 1)] + 1;
    }
    sum += weights[symbol];
  }
  weights[kEscape] = (sum >> 9) + 1;
  return weights;
}

void FillMany(int activity, Contexts& contexts) {
  const int step = StepBits(activity);
  for (int fraction = 0; fraction < kFractions; ++fraction) {
    AdaptiveSymbol* states = &contexts.symbols[kMany + (activity * kFractions + fraction) * kEnds];
    std::fill_n(states, kEnds, FromWeights(WeighSteps(kAround, step, fraction, activity), 0));
    states[0] = FromWeights(WeighSteps(kAbove, StepBitsAbove(step), fraction, activity), 0);
  }
}

}  // namespace

int FewValues(int levels, const Layer& layer) {
  return layer.first ? std::min(((levels - 1) >> layer.shift) + 1, kSymbols)
                     : (2 << (layer.previous_shift - layer.shift)) - 1;
}

const Contexts& DefaultContexts(int values) {
  static std::array<std::once_flag, kSymbols + 1> once;
  static std::array<std::unique_ptr<const Contexts>, kSymbols + 1> all;
  std::call_once(once[values], [values] {
    auto contexts = std::make_unique<Contexts>();
    for (int activity = 0; activity < kActivities / 2; ++activity) {
      FillFew(values, activity, *contexts);
    }
    for (int activity = 0; activity < kActivities; ++activity) {
      FillMany(activity, *contexts);
    }
    Weights even;
    even.fill(1);
    std::fill_n(contexts->symbols.begin() + kFar, kSymbols, FromWeights(even, 0));
    all[values] = std::move(contexts);
  });
  return *all[values];
}

void CopyReached(const Contexts& from, int levels, bool one_pass, Contexts& to) {
  to.bits = from.bits;
  // With one level more, where zero is told apart first, there are still few.
  const int first = one_pass && levels > kSymbols + 1 ? kMany : kFew;
  const int last =
      one_pass && levels <= kSymbols ? 4 * levels * (kActivities / 2) : kSymbolContexts;
  std::copy(from.symbols.begin() + first, from.symbols.begin() + last, to.symbols.begin() + first);
}

}  // namespace tideline::lossless
