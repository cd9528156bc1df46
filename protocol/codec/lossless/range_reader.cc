#include "protocol/codec/lossless/range_reader.h"

namespace tideline::lossless {

uint32_t RangeReader::FewBytes(std::span<const uint8_t> bytes, bool uppermost) {
  uint32_t word = 0;
  for (const uint8_t byte : bytes) {
    word = word << 8 | byte;
  }
  return uppermost && !bytes.empty() ? word << (8 * (4 - bytes.size())) : word;
}

}  // namespace tideline::lossless
