#include <cstddef>
#include <cstdint>
#include <cstdlib>
#include <span>

#include "common/model/image.h"

// Any bytes: an image of the stated form, or an error.
extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  if (size == 0) {
    return 0;
  }
  const int64_t channels = data[0] % 2 == 0 ? 3 : 1;
  const auto image = tideline::DecodeImage(std::as_bytes(std::span(data + 1, size - 1)), channels);
  if (image.ok() && (image->shape().size() != 3 || image->shape()[2] != channels)) {
    std::abort();
  }
  return 0;
}
