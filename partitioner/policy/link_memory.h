#pragma once

#include <cstddef>
#include <string>
#include <string_view>
#include <vector>

#include "common/base/status.h"

namespace tideline {

inline constexpr int kLinkMemoryVersion = 1;
inline constexpr size_t kMaxLinkMemoryBytes = size_t{64} << 10;

struct SavedSample {
  double age_seconds = 0;  // when it was saved
  double value = 0;
  bool operator==(const SavedSample&) const = default;
};

// What a link estimator knows, for the next start of the edge. Plain data.
struct LinkMemory {
  std::vector<SavedSample> up;          // bits per second; oldest first
  std::vector<SavedSample> down;        // likewise
  std::vector<SavedSample> round_trip;  // nanoseconds
  bool operator==(const LinkMemory&) const = default;
};

// Reads a state. Pure; `filename` is for the error texts. Unknown keys are ignored. Errors:
// DataLoss for what is not such JSON; InvalidArgument for a figure that cannot be;
// ResourceExhausted above the limits; Unimplemented for another version of the format.
absl::StatusOr<LinkMemory> ParseLinkMemory(std::string_view text, const std::string& filename);

// The JSON text that ParseLinkMemory reads back.
std::string FormatLinkMemory(const LinkMemory& state);

}  // namespace tideline
