#pragma once

#include <bit>
#include <cstddef>
#include <cstdint>
#include <span>

#include "protocol/codec/lossless/adaptive.h"

// The reading half of the range coder; a loop copies it into registers.
namespace tideline::lossless {

// Total: any bytes decode to something; zeros follow the last byte, and go before the first.
class RangeReader {
 public:
  RangeReader(std::span<const uint8_t> bytes, int limit)
      : front_(bytes), back_(bytes), limit_(limit) {
    value_ = uint64_t{Next()} << 32;
    value_ |= Next();
  }

  uint32_t range() const { return range_; }
  int limit() const { return limit_; }
  // Where in the range what comes next lies; beyond it where the bytes are damaged.
  uint32_t position() const { return static_cast<uint32_t>(value_ >> 48); }

  void Narrow(uint32_t low, uint32_t high) {
    range_ = high - low;
    const int shift = std::countl_zero(range_) - 16;
    value_ = (value_ - (uint64_t{low} << 48)) << shift;
    range_ <<= shift;
    bits_ -= shift;
    if (bits_ < 0) [[unlikely]] {
      value_ |= uint64_t{Next()} << -bits_;
      bits_ += 32;
    }
  }

  int Bit(AdaptiveBit& state, int /*bit*/) {
    const uint32_t bound = range_ * state.probability() >> 16;
    const int bit = position() < bound;
    state.Update(bit, limit_);
    Narrow(bit ? 0 : bound, bit ? bound : range_);
    return bit;
  }

  uint32_t Raw(uint32_t /*bits*/, int count) {
    if (raw_bits_ < count) [[unlikely]] {
      raw_ |= uint64_t{Last()} << raw_bits_;
      raw_bits_ += 32;
    }
    const auto bits = static_cast<uint32_t>(raw_ & ((1u << count) - 1));
    raw_ >>= count;
    raw_bits_ -= count;
    return bits;
  }

  RangeReader Open(size_t /*values*/) const { return *this; }
  void Close(const RangeReader& reader) { *this = reader; }

 private:
  uint32_t Next() {  // four bytes from the front
    if (front_.size() < 4) {
      const uint32_t word = FewBytes(front_, /*uppermost=*/true);
      front_ = {};
      return word;
    }
    const uint8_t* next = front_.data();
    front_ = front_.subspan(4);
    return uint32_t{next[0]} << 24 | uint32_t{next[1]} << 16 | uint32_t{next[2]} << 8 | next[3];
  }
  uint32_t Last() {  // four bytes from the back
    if (back_.size() < 4) {
      const uint32_t word = FewBytes(back_, /*uppermost=*/false);
      back_ = {};
      return word;
    }
    const uint8_t* last = back_.data() + back_.size() - 4;
    back_ = back_.first(back_.size() - 4);
    return uint32_t{last[0]} << 24 | uint32_t{last[1]} << 16 | uint32_t{last[2]} << 8 | last[3];
  }
  // Fewer than four bytes, uppermost or lowest in the word.
  static uint32_t FewBytes(std::span<const uint8_t> bytes, bool uppermost);

  std::span<const uint8_t> front_;
  std::span<const uint8_t> back_;
  uint64_t value_ = 0;  // less where the range begins; its uppermost 16 bits are the range's
  uint64_t raw_ = 0;
  uint32_t range_ = 0xFFFF;
  int bits_ = 32;  // of value_ that are there, beyond 32
  int raw_bits_ = 0;
  int limit_ = 0;
};

}  // namespace tideline::lossless
