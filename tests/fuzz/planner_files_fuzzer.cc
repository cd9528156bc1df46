#include <cstddef>
#include <cstdint>
#include <string_view>

#include "partitioner/planner/calibration_file.h"
#include "partitioner/planner/link.h"
#include "partitioner/planner/partition_file.h"
#include "partitioner/planner/profile.h"

namespace tideline {
namespace {

void Require(bool condition) {
  if (!condition) {
    __builtin_trap();
  }
}

void TryProfile(std::string_view text) {
  const absl::StatusOr<Profile> profile = ParseProfile(text, "profile.json");
  if (profile.ok()) {
    const absl::StatusOr<Profile> again = ParseProfile(FormatProfile(*profile), "again");
    Require(again.ok() && *again == *profile);
  }
}

void TryCalibration(std::string_view text) {
  const absl::StatusOr<CalibrationFile> file = ParseCalibration(text, "calibration.json");
  Require(!file.ok() || CheckCalibration(file->calibration).ok());
}

void TryLink(std::string_view text) {
  const absl::StatusOr<Link> link = ParseLink(text, "link.yaml");
  Require(!link.ok() || (link->up.median() > 0 && link->down.median() > 0));
}

}  // namespace
}  // namespace tideline

// Any text as each of the files that a plan is made from: what it says, or an error that is no
// exception. The first byte says which file it is.
extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  if (size == 0) {
    return 0;
  }
  const std::string_view text(reinterpret_cast<const char*>(data) + 1, size - 1);
  switch (data[0] % 4) {
    case 0:
      tideline::TryProfile(text);
      break;
    case 1:
      tideline::TryCalibration(text);
      break;
    case 2:
      tideline::TryLink(text);
      break;
    default:
      static_cast<void>(tideline::ParsePartition(text, "partition.yaml"));
  }
  return 0;
}
