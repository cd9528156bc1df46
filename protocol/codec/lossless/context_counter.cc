#include "protocol/codec/lossless/context_counter.h"

#include <algorithm>
#include <numeric>

namespace tideline::lossless {
namespace {

constexpr uint64_t kBefore = 2;  // symbols that what was known before counts for

}  // namespace

void ContextCounter::Finish(const Contexts& before) {
  for (int i = 0; i < kSymbolContexts; ++i) {
    const auto seen = std::accumulate(counts_[i].begin(), counts_[i].end(), uint64_t{0});
    if (seen == 0) {
      continue;
    }
    Weights weights = ToWeights(before.symbols[i]);
    for (int symbol = 0; symbol < kSymbols; ++symbol) {
      weights[symbol] = weights[symbol] * kBefore + uint64_t{counts_[i][symbol]} * kSymbolScale;
    }
    contexts_.symbols[i] =
        FromWeights(weights, static_cast<int>(std::min<uint64_t>(seen, kMaxCount)));
  }
}

}  // namespace tideline::lossless
