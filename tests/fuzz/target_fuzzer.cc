#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <string>

#include "common/web/query.h"
#include "common/web/target.h"

// What a request asks for: what is accepted has no way to mean another path or name.
extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  const std::string text(reinterpret_cast<const char*>(data), size);
  const auto target = tideline::ParseTarget(text);
  if (!target.ok()) {
    return 0;
  }
  const auto means_another = [](const std::string& segment) {
    return segment == "." || segment == ".." ||
           segment.find_first_of(std::string_view("/\\\0\r\n", 5)) != std::string::npos;
  };
  if (target->segments.size() > tideline::kMaxTargetSegments ||
      std::ranges::any_of(target->segments, means_another)) {
    __builtin_trap();
  }
  const auto query = tideline::ParseQuery(target->query, {"after", "limit", "wait"});
  if (query.ok() && (query->size() > 3 || query->contains(""))) {
    __builtin_trap();
  }
  return 0;
}
