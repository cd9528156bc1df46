#include <cstddef>
#include <cstdint>
#include <string_view>

#include "common/model/model_info.h"

// Any text: a description, or an error that is not an exception.
extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  const std::string_view text(reinterpret_cast<const char*>(data), size);
  static_cast<void>(tideline::ParseModelInfo(text, "model.yaml"));
  return 0;
}
