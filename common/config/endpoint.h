#pragma once

#include <array>
#include <string>
#include <string_view>
#include <vector>

#include "common/base/status.h"

namespace tideline {

// How a connection is protected.
enum class Security { kCurve, kNone };
constexpr std::array<std::string_view, 2> EnumNames(Security) { return {"curve", "none"}; }

// Whether `address` is "tcp://HOST:PORT" with a port from 1 to 65535, or 0 where `any_port`: one
// that the system chooses. Errors: InvalidArgument.
absl::Status CheckEndpoint(std::string_view address, bool any_port = false);

// The addresses in "tcp://A:1, tcp://B:2": kMostEndpoints at most, none twice; none of "". Errors:
// InvalidArgument.
inline constexpr size_t kMostEndpoints = 16;
absl::StatusOr<std::vector<std::string>> ParseEndpoints(std::string_view text);

// "HOST" and "PORT" of an address that was checked.
std::string EndpointHost(std::string_view address);
std::string EndpointPort(std::string_view address);

// Whether the host is a name that may stand for several addresses; "localhost" does not.
bool IsNamed(std::string_view address);

// Whether the host of "tcp://HOST:PORT" is this machine for certain: 127.0.0.0/8, [::1] or
// localhost.
bool IsLoopback(std::string_view address);

}  // namespace tideline
