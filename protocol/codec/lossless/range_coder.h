#pragma once

#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <span>
#include <vector>

// A binary range coder: 64 bits of state, 32 bits of them renewed at a time; a carry goes into the
// bytes that are written already. `p` is the probability of a 1 in 1/65536, 1 to 65535.
// Thread-compatible.
namespace tideline::lossless {

class RangeEncoder {
 public:
  // Returns `bit`, as the decoder does.
  int Code(uint32_t p, int bit) {
    const uint64_t bound = (range_ >> 16) * p;
    const uint64_t above = bit ? 0 : bound;
    low_ += above;
    if (low_ < above) {
      Carry();
    }
    range_ = bit ? bound : range_ - bound;
    Renew();
    return bit;
  }

  // `count` bits, each as likely 0 as 1, at once; count is at most 16.
  uint32_t CodeRaw(uint32_t bits, int count) {
    range_ >>= count;
    const uint64_t above = range_ * bits;
    low_ += above;
    if (low_ < above) {
      Carry();
    }
    Renew();
    return bits;
  }

  // The fewest bytes that decode to what was coded, if zeros follow them; valid until Reset.
  std::span<const uint8_t> Finish();
  void Reset();

 private:
  void Renew() {
    if (range_ >> 32 == 0) {
      Append(/*bytes=*/4);
      low_ <<= 32;
      range_ <<= 32;
    }
  }
  void Carry();
  void Append(int bytes);  // the uppermost of low_

  std::vector<uint8_t> bytes_;
  uint64_t low_ = 0;
  uint64_t range_ = ~uint64_t{0};
};

// Total: any bytes decode to some bits; zeros follow the last byte.
class RangeDecoder {
 public:
  explicit RangeDecoder(std::span<const uint8_t> bytes) : next_(bytes) {
    value_ = uint64_t{Next()} << 32;
    value_ |= Next();
  }

  int Code(uint32_t p, int /*bit*/) {
    const uint64_t bound = (range_ >> 16) * p;
    const bool bit = value_ < bound;
    value_ -= bit ? 0 : bound;
    range_ = bit ? bound : range_ - bound;
    Renew();
    return bit;
  }

  uint32_t CodeRaw(uint32_t /*bits*/, int count) {
    range_ >>= count;
    const uint64_t bits = std::min<uint64_t>(value_ / range_, (1u << count) - 1);
    value_ -= bits * range_;
    Renew();
    return static_cast<uint32_t>(bits);
  }

 private:
  void Renew() {
    if (range_ >> 32 == 0) {
      value_ = value_ << 32 | Next();
      range_ <<= 32;
    }
  }
  uint32_t Next();

  std::span<const uint8_t> next_;
  uint64_t value_ = 0;
  uint64_t range_ = ~uint64_t{0};
};

}  // namespace tideline::lossless
