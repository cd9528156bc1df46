#include "protocol/codec/lossless/adaptive.h"

namespace tideline::lossless {

AdaptiveSymbol FromWeights(const Weights& weights, int count) {
  uint64_t sum = 0;
  for (const uint64_t weight : weights) {
    sum += weight;
  }
  AdaptiveSymbol state{};
  uint64_t below = 0;
  for (int i = 0; i + 1 < kSymbols; ++i) {
    below += weights[i];
    state.slow[i] = static_cast<int16_t>(below * (kSymbolScale - 1) / sum);
  }
  state.fast = state.slow;
  state.SetCount(count);
  return state;
}

Weights ToWeights(const AdaptiveSymbol& state) {
  Weights weights{};
  int below = 0;
  for (int i = 0; i + 1 < kSymbols; ++i) {
    weights[i] = static_cast<uint64_t>(state.slow[i] - below);
    below = state.slow[i];
  }
  weights[kSymbols - 1] = static_cast<uint64_t>(kSymbolScale - below);
  return weights;
}

}  // namespace tideline::lossless
