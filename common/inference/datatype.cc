#include "common/inference/datatype.h"

#include <array>
#include <cstddef>

namespace tideline {
namespace {

// By DType.
constexpr std::array<std::string_view, kDTypeCount> kNames{
    "FP32", "FP16", "BF16", "FP64", "UINT8", "INT8", "INT16", "INT32", "INT64", "BOOL"};

}  // namespace

std::string_view DatatypeName(DType dtype) { return kNames[static_cast<size_t>(dtype)]; }

std::optional<DType> DatatypeOf(std::string_view name) {
  for (size_t i = 0; i < kNames.size(); ++i) {
    if (kNames[i] == name) {
      return static_cast<DType>(i);
    }
  }
  return std::nullopt;
}

}  // namespace tideline
