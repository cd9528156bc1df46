#pragma once

#include <cstddef>
#include <cstdint>
#include <string_view>

namespace tideline {

// Element types; the numbers are on the wire (protocol/FORMAT.md) and never change.
enum class DType : uint8_t {
  kFloat32 = 0,
  kFloat16 = 1,
  kBFloat16 = 2,
  kFloat64 = 3,
  kUInt8 = 4,
  kInt8 = 5,
  kInt16 = 6,
  kInt32 = 7,
  kInt64 = 8,
  kBool = 9,
};
inline constexpr int kDTypeCount = 10;

// Bytes of one element.
size_t ItemSize(DType dtype);

// "float32", "int8", …
std::string_view Name(DType dtype);

}  // namespace tideline
