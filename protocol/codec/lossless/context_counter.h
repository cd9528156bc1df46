#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <vector>

#include "protocol/codec/lossless/contexts.h"

namespace tideline::lossless {

// In the place of a coder: learns contexts from everything that would be coded, all of it counting
// alike. Thread-compatible.
class ContextCounter {
 public:
  class Counter {
   public:
    explicit Counter(ContextCounter& all) : all_(&all) {}
    int Bit(AdaptiveBit& state, int bit) const {
      state.Update(bit, kMaxCount);
      return bit;
    }
    void Symbol(int context, int symbol) const { ++all_->counts_[context][symbol]; }
    uint32_t Raw(uint32_t bits, int /*count*/) const { return bits; }

   private:
    ContextCounter* all_;
  };

  // Learns the contexts of this set, with which it must be called.
  explicit ContextCounter(Contexts& contexts) : contexts_(contexts) {}

  Counter Open(size_t /*values*/) { return Counter(*this); }
  void Close(const Counter& /*counter*/) {}

  // Makes the counts the symbols' chances, with those of `before` for the first few.
  void Finish(const Contexts& before);

 private:
  Contexts& contexts_;
  std::vector<std::array<uint32_t, kSymbols>> counts_{kSymbolContexts};
};

}  // namespace tideline::lossless
