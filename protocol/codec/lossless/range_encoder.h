#pragma once

#include <bit>
#include <cstddef>
#include <cstdint>
#include <span>
#include <vector>

#include "protocol/codec/lossless/adaptive.h"

// The writing half of a range coder whose range has 16 bits, and beside it bits that are as likely
// 0 as 1: the former's bytes grow from the front, the latter's from the back. What changes with
// each decision is a small value that a loop copies into registers.
namespace tideline::lossless {

// Writes into memory that has room. Made and finished by a RangeEncoder.
class RangeWriter {
 public:
  // That one value takes of either kind: a bit, two symbols.
  static constexpr size_t kMostBytes = 6;

  uint32_t range() const { return range_; }
  int limit() const { return limit_; }

  // Codes what has the part of the range from `low` to `high`.
  void Narrow(uint32_t low, uint32_t high) {
    range_ = high - low;
    const int shift = std::countl_zero(range_) - 16;
    low_ = (low_ + low) << shift;
    range_ <<= shift;
    bits_ += shift;
    if (bits_ >= 32) [[unlikely]] {
      Append();
    }
  }

  // Returns `bit`, as the reader does.
  int Bit(AdaptiveBit& state, int bit) {
    const uint32_t bound = range_ * state.probability() >> 16;
    state.Update(bit, limit_);
    Narrow(bit ? 0 : bound, bit ? bound : range_);
    return bit;
  }

  // `count` bits, each as likely 0 as 1; count is at most 16.
  uint32_t Raw(uint32_t bits, int count) {
    raw_ |= uint64_t{bits} << raw_bits_;
    raw_bits_ += count;
    if (raw_bits_ >= 32) [[unlikely]] {
      for (int i = 0; i < 4; ++i) {
        *next_raw_++ = static_cast<uint8_t>(raw_ >> (8 * i));
      }
      raw_ >>= 32;
      raw_bits_ -= 32;
    }
    return bits;
  }

 private:
  friend class RangeEncoder;

  void Append() {
    bits_ -= 32;
    const int rest = 16 + bits_;
    const uint64_t word = low_ >> rest;
    low_ &= (uint64_t{1} << rest) - 1;
    if (word >> 32 != 0) {
      Carry(next_);
    }
    for (int shift = 24; shift >= 0; shift -= 8) {
      *next_++ = static_cast<uint8_t>(word >> shift);
    }
  }
  // Adds 1 to the number that the bytes before `end` are.
  static void Carry(uint8_t* end);

  uint64_t low_ = 0;  // where the range begins: its 16 bits, bits_ above them and a carry
  uint64_t raw_ = 0;
  uint8_t* next_ = nullptr;
  uint8_t* next_raw_ = nullptr;
  uint32_t range_ = 0xFFFF;
  int bits_ = 0;  // of low_ above the range's
  int raw_bits_ = 0;
  int limit_ = 0;  // how slow contexts become, in decisions
};

// Keeps its memory. Thread-compatible.
class RangeEncoder {
 public:
  explicit RangeEncoder(int limit) { writer_.limit_ = limit; }

  // The writer, with room for so many values; given back by Close.
  RangeWriter Open(size_t values);
  void Close(const RangeWriter& writer) { writer_ = writer; }

  // The fewest bytes that decode to what was coded; valid until Reset.
  std::span<const uint8_t> Finish();
  void Reset();

 private:
  RangeWriter writer_;
  std::vector<uint8_t> bytes_;
  std::vector<uint8_t> raw_bytes_;  // the last one first
};

}  // namespace tideline::lossless
