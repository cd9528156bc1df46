#pragma once

#include <optional>
#include <string>

#include "absl/time/time.h"

// Figures as programs and people read them. Pure.
namespace tideline {

// "2026-11-29T10:00:00.000Z"
std::string Timestamp(absl::Time time);

// To the microsecond.
double Milliseconds(absl::Duration duration);

// To the millisecond.
double Seconds(absl::Duration duration);

// The first `most` bytes, without a part of a character at the end.
std::string Shortened(const std::string& text, size_t most);

}  // namespace tideline
