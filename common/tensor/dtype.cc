#include "common/tensor/dtype.h"

#include <array>

namespace tideline {
namespace {

struct Entry {
  std::string_view name;
  size_t size;
};

constexpr std::array<Entry, kDTypeCount> kEntries = {{
    {"float32", 4},
    {"float16", 2},
    {"bfloat16", 2},
    {"float64", 8},
    {"uint8", 1},
    {"int8", 1},
    {"int16", 2},
    {"int32", 4},
    {"int64", 8},
    {"bool", 1},
}};

}  // namespace

size_t ItemSize(DType dtype) { return kEntries[static_cast<size_t>(dtype)].size; }

std::string_view Name(DType dtype) { return kEntries[static_cast<size_t>(dtype)].name; }

}  // namespace tideline
