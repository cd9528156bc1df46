#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <span>
#include <string>

namespace tideline {

using Sha256Digest = std::array<uint8_t, 32>;

Sha256Digest Sha256(std::span<const std::byte> bytes);
std::string ToHex(std::span<const uint8_t> bytes);

// zlib's CRC-32 (polynomial 0xEDB88320), as zip files and the wire format use it; `before` is the
// CRC-32 of the bytes in front of these.
uint32_t Crc32(std::span<const std::byte> bytes, uint32_t before = 0);

}  // namespace tideline
