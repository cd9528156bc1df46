#include <cstddef>
#include <cstdint>
#include <string_view>

#include "edge/journal/format.h"

// Any text: an error, or a journal that comes back when it is written anew.
extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  const std::string_view text(reinterpret_cast<const char*>(data), size);
  const auto content = tideline::ParseJournal(text);
  if (!content.ok()) {
    return 0;
  }
  const auto again =
      tideline::ParseJournal(tideline::FormatJournal(content->identity, content->answered));
  if (!again.ok() || again->identity != content->identity || again->torn || again->damaged > 0 ||
      again->answered.Rows() != content->answered.Rows()) {
    __builtin_trap();
  }
  return 0;
}
