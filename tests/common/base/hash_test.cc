#include "common/base/hash.h"

#include <random>
#include <vector>

#include <gtest/gtest.h>

namespace tideline {
namespace {

// Bit by bit, as the polynomial says.
uint32_t SlowCrc32(std::span<const std::byte> bytes, uint32_t before) {
  uint32_t crc = ~before;
  for (const std::byte byte : bytes) {
    crc ^= static_cast<uint32_t>(byte);
    for (int i = 0; i < 8; ++i) {
      crc = crc >> 1 ^ ((crc & 1) != 0 ? 0xEDB88320 : 0);
    }
  }
  return ~crc;
}

std::vector<std::byte> RandomBytes(size_t size) {
  std::mt19937 random(1);
  std::vector<std::byte> bytes(size);
  for (std::byte& byte : bytes) {
    byte = static_cast<std::byte>(random());
  }
  return bytes;
}

TEST(Crc32Test, IsThatOfZlib) {
  const std::string_view digits = "123456789";
  EXPECT_EQ(Crc32(std::as_bytes(std::span(digits))), 0xCBF43926);
}

TEST(Crc32Test, EveryLengthAndPlaceInMemoryIsRight) {
  const std::vector<std::byte> bytes = RandomBytes(1200);
  for (size_t size = 0; size < 1100; ++size) {
    const auto part = std::span(bytes).subspan(size % 67, size);
    const uint32_t before = size % 3 == 0 ? 0 : static_cast<uint32_t>(size) * 0x9E3779B9;
    ASSERT_EQ(Crc32(part, before), SlowCrc32(part, before)) << size;
  }
}

TEST(Crc32Test, PartsOneAfterTheOtherAreTheWhole) {
  const std::vector<std::byte> bytes = RandomBytes(100'000);
  const uint32_t whole = Crc32(bytes);
  EXPECT_EQ(whole, SlowCrc32(bytes, 0));
  for (const size_t size : {0, 1, 63, 256, 1000, 99'999, 100'000}) {
    const auto all = std::span<const std::byte>(bytes);
    EXPECT_EQ(Crc32(all.subspan(size), Crc32(all.first(size))), whole) << size;
  }
}

TEST(Crc32Test, NoBytesChangeNothing) { EXPECT_EQ(Crc32({}, 0x12345678), 0x12345678); }

}  // namespace
}  // namespace tideline
