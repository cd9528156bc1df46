#include "protocol/codec/lossless/range_coder.h"

namespace tideline::lossless {

void RangeEncoder::Carry() {
  for (size_t i = bytes_.size(); i > 0 && ++bytes_[i - 1] == 0; --i) {
  }
}

void RangeEncoder::Append(int bytes) {
  for (int i = 0; i < bytes; ++i) {
    bytes_.push_back(static_cast<uint8_t>(low_ >> (56 - 8 * i)));
  }
}

std::span<const uint8_t> RangeEncoder::Finish() {
  // The first number of the interval that ends in as many zero bytes as there can be.
  for (int bytes = 0; bytes <= 8; ++bytes) {
    const uint64_t rest = bytes == 8 ? 0 : ~uint64_t{0} >> (8 * bytes);
    const uint64_t number = (low_ + rest) & ~rest;
    if (number - low_ < range_) {
      if (number < low_) {
        Carry();
      }
      low_ = number;
      Append(bytes);
      break;
    }
  }
  while (!bytes_.empty() && bytes_.back() == 0) {
    bytes_.pop_back();
  }
  return bytes_;
}

void RangeEncoder::Reset() {
  bytes_.clear();
  low_ = 0;
  range_ = ~uint64_t{0};
}

uint32_t RangeDecoder::Next() {
  uint32_t word = 0;
  for (size_t i = 0; i < 4; ++i) {
    word = word << 8 | (i < next_.size() ? next_[i] : 0);
  }
  next_ = next_.subspan(next_.size() < 4 ? next_.size() : 4);
  return word;
}

}  // namespace tideline::lossless
