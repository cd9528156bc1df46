#pragma once

#include <span>
#include <string>
#include <string_view>

#include "absl/strings/string_view.h"

namespace tideline {

// Debian's Abseil has a string_view of its own; the one place where the two meet.
inline absl::string_view ToAbsl(std::string_view s) { return {s.data(), s.size()}; }
inline std::string_view ToStd(absl::string_view s) { return {s.data(), s.size()}; }

// The candidate with the smallest edit distance to `name`, or "" where none is near enough to be
// what was meant (more than a third of its letters differ).
std::string NearestName(std::string_view name, std::span<const std::string> candidates);

// "; did you mean 'features.3'?" or "" where nothing is near.
std::string DidYouMean(std::string_view name, std::span<const std::string> candidates);

}  // namespace tideline
