#pragma once

#include <cstddef>
#include <cstdint>
#include <span>

// Several symbols of a quantizer in one byte, the first in its lowest bits. Pure.
namespace tideline {

// Bits of a packed symbol: the least of 1, 2, 4 and 8 that tells `levels` apart.
int PackedBits(int levels);

// Bytes of so many packed symbols.
size_t PackedSize(size_t symbols, int bits);

// `packed` has PackedSize(symbols.size(), bits) bytes; symbols are less than 2^bits. Bits that are
// left over in the last byte are 0.
void Pack(std::span<const uint8_t> symbols, int bits, std::span<uint8_t> packed);

// Takes any bytes.
void Unpack(std::span<const uint8_t> packed, int bits, std::span<uint8_t> symbols);

}  // namespace tideline
