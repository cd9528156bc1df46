#include <cstddef>
#include <cstdint>
#include <span>

#include "protocol/codec/parameters.h"

// Any file of codec parameters: a store, or an error.
extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  static_cast<void>(tideline::ParameterStore::Parse(std::as_bytes(std::span(data, size))));
  return 0;
}
