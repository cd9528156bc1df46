#include <cstddef>
#include <cstdint>
#include <memory>
#include <span>
#include <string>

#include "common/tensor/npy.h"

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  const auto file = std::make_shared<const std::string>(reinterpret_cast<const char*>(data), size);
  const auto tensor = tideline::ParseNpy(std::as_bytes(std::span(*file)), file);
  if (tensor.ok() && !tideline::BitEqual(*tensor, *tideline::Contiguous(*tensor))) {
    __builtin_trap();
  }
  return 0;
}
