#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>

#include "edge/source/csv_line.h"

// Fields that are quoted again split into themselves.
extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  const std::string_view line(reinterpret_cast<const char*>(data), size);
  const auto fields = tideline::SplitCsvLine(line);
  if (!fields.ok()) {
    return 0;
  }
  std::string again;
  for (const std::string& field : *fields) {
    static_cast<void>(tideline::ParseCsvNumber(field));
    again += again.empty() ? "\"" : ",\"";
    for (const char letter : field) {
      again += letter == '"' ? std::string("\"\"") : std::string(1, letter);
    }
    again += '"';
  }
  const auto fields_again = tideline::SplitCsvLine(again);
  if (!fields_again.ok() || *fields_again != *fields) {
    __builtin_trap();
  }
  return 0;
}
