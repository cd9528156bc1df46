#include <cstddef>
#include <cstdint>
#include <string_view>

#include "partitioner/policy/link_estimator.h"

// Any text as the saved state of a link: what it says, with which an estimate can be made, or an
// error that is no exception.
extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  const std::string_view text(reinterpret_cast<const char*>(data), size);
  const absl::StatusOr<tideline::LinkMemory> state = tideline::ParseLinkMemory(text, "link.json");
  if (!state.ok()) {
    return 0;
  }
  const auto again = tideline::ParseLinkMemory(tideline::FormatLinkMemory(*state), "again");
  tideline::LinkEstimator estimator;
  estimator.Restore(*state, absl::Seconds(1), absl::Seconds(1));
  if (!again.ok() || *again != *state ||
      !(estimator.Estimate(absl::Seconds(2)).link.up.median() > 0)) {
    __builtin_trap();
  }
  return 0;
}
