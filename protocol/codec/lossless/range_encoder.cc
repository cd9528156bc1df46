#include "protocol/codec/lossless/range_encoder.h"

#include <algorithm>

namespace tideline::lossless {
namespace {

constexpr int kOpenBits = 48;  // that are to be written at the end, less the carry

// Makes room for `more` bytes after `next`.
void Reserve(std::vector<uint8_t>& bytes, uint8_t*& next, size_t more) {
  const size_t used = next == nullptr ? 0 : static_cast<size_t>(next - bytes.data());
  if (bytes.size() - used < more) {
    bytes.resize(std::max(2 * bytes.size(), used + more));
  }
  next = bytes.data() + used;
}

}  // namespace

void RangeWriter::Carry(uint8_t* end) {
  while (++*--end == 0) {
  }
}

RangeWriter RangeEncoder::Open(size_t values) {
  const size_t more = (values + 2) * RangeWriter::kMostBytes;
  Reserve(bytes_, writer_.next_, more);
  Reserve(raw_bytes_, writer_.next_raw_, more);
  return writer_;
}

std::span<const uint8_t> RangeEncoder::Finish() {
  RangeWriter writer = Open(/*values=*/0);
  for (; writer.raw_bits_ > 0; writer.raw_bits_ -= 8, writer.raw_ >>= 8) {
    *writer.next_raw_++ = static_cast<uint8_t>(writer.raw_);
  }
  const auto raw = std::span(raw_bytes_.data(), writer.next_raw_);
  const int shift = kOpenBits - 16 - writer.bits_;
  const uint64_t low = writer.low_ << shift;
  const uint64_t range = uint64_t{writer.range_} << shift;
  // The first number of the range that ends in as many zero bits as there can be, or in bits that
  // may be any, as other bytes follow them.
  for (int bytes = 0; bytes <= kOpenBits / 8; ++bytes) {
    const uint64_t rest = (uint64_t{1} << (kOpenBits - 8 * bytes)) - 1;
    const uint64_t number = (low + rest) & ~rest;
    if (number - low + (raw.empty() ? 0 : rest) < range) {
      if (number >> kOpenBits != 0) {
        RangeWriter::Carry(writer.next_);
      }
      for (int i = 0; i < bytes; ++i) {
        *writer.next_++ = static_cast<uint8_t>(number >> (kOpenBits - 8 - 8 * i));
      }
      break;
    }
  }
  while (raw.empty() && writer.next_ != bytes_.data() && writer.next_[-1] == 0) {
    --writer.next_;
  }
  Reserve(bytes_, writer.next_, raw.size());
  uint8_t* end = std::reverse_copy(raw.begin(), raw.end(), writer.next_);
  return {bytes_.data(), end};
}

void RangeEncoder::Reset() {
  RangeWriter fresh;
  fresh.limit_ = writer_.limit_;
  writer_ = fresh;
}

}  // namespace tideline::lossless
