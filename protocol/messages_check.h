#pragma once

#include <string>
#include <string_view>

#include "common/base/status.h"
#include "protocol/messages.h"

namespace tideline::wire {

// Whether every field is within the limits of FORMAT.md, for what is about to be sent and for what
// was received alike. Errors: InvalidArgument with the field, its value and the limit.
absl::Status CheckLimits(const Header& header);

// `text` of at most `limit` bytes, cut between UTF-8 characters, control characters made spaces.
std::string ClipText(std::string_view text, size_t limit);

}  // namespace tideline::wire
