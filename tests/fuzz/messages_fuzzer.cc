#include <cstddef>
#include <cstdint>
#include <cstdlib>
#include <span>

#include "protocol/messages.h"

// Whatever is decoded is within the limits, so it can be encoded again.
extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  const auto header = tideline::wire::DecodeHeader(std::as_bytes(std::span(data, size)));
  if (header.ok() && tideline::wire::Name(*header).empty()) {
    std::abort();
  }
  return 0;
}
