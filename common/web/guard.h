#pragma once

#include <optional>
#include <string>
#include <string_view>

#include "common/base/status.h"

// Who may ask. Pure.
namespace tideline {

// The token in the file at `path`. Errors: those of ReadSecret and CheckToken.
absl::StatusOr<std::string> ReadToken(const std::string& path);

// Whether `authorization` is "Bearer TOKEN"; takes the same time wherever they differ.
bool HasToken(std::string_view authorization, std::string_view token);

// Whether a numeric address is this machine alone: 127.0.0.0/8 or ::1.
bool IsLoopbackHost(std::string_view address);

// Whether a Host header names this machine: localhost, 127.0.0.1, [::1] or `bound`, with any port.
// A page elsewhere whose name was pointed here (DNS rebinding) sends its own name.
bool IsOwnHost(std::string_view host, std::string_view bound);

// Whether an Origin header is the page of the server itself, which is asked for as `host`.
bool IsOwnOrigin(std::string_view origin, std::string_view host);

}  // namespace tideline
