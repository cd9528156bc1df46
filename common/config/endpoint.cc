#include "common/config/endpoint.h"

#include <algorithm>
#include <charconv>

namespace tideline {
namespace {

constexpr std::string_view kScheme = "tcp://";

std::string_view Host(std::string_view address) {
  const size_t colon = address.rfind(':');
  return address.substr(kScheme.size(), colon - kScheme.size());
}

bool IsPort(std::string_view text) {
  int port = 0;
  const auto result = std::from_chars(text.data(), text.data() + text.size(), port);
  return result.ec == std::errc() && result.ptr == text.data() + text.size() && port >= 1 &&
         port <= 65535;
}

bool IsHost(std::string_view host) {
  return !host.empty() && host.size() <= 255 &&
         std::all_of(host.begin(), host.end(), [](unsigned char c) {
           return std::isalnum(c) != 0 || c == '.' || c == '-' || c == '_' || c == ':' ||
                  c == '[' || c == ']' || c == '*';
         });
}

// "127.a.b.c" in numbers; a name such as 127.example.com is not meant.
bool IsLoopbackV4(std::string_view host) {
  return host.starts_with("127.") && std::count(host.begin(), host.end(), '.') == 3 &&
         host.find_first_not_of("0123456789.") == std::string_view::npos;
}

}  // namespace

absl::Status CheckEndpoint(std::string_view address, bool any_port) {
  const size_t colon = address.rfind(':');
  if (address.starts_with(kScheme) && colon > kScheme.size() && colon != std::string_view::npos) {
    const std::string_view port = address.substr(colon + 1);
    if (IsHost(Host(address)) && (IsPort(port) || (any_port && port == "0"))) {
      return absl::OkStatus();
    }
  }
  return InvalidArgument("'{}' is not an address; write for example tcp://192.168.1.20:5600",
                         address);
}

absl::StatusOr<std::vector<std::string>> ParseEndpoints(std::string_view text) {
  std::vector<std::string> endpoints;
  while (!text.empty()) {
    const size_t comma = std::min(text.find(','), text.size());
    std::string_view one = text.substr(0, comma);
    text.remove_prefix(std::min(comma + 1, text.size()));
    one.remove_prefix(std::min(one.find_first_not_of(' '), one.size()));
    one = one.substr(0, one.find_last_not_of(' ') + 1);
    RETURN_IF_ERROR(CheckEndpoint(one));
    if (std::ranges::find(endpoints, one) != endpoints.end()) {
      return InvalidArgument("{} stands there twice", one);
    }
    endpoints.emplace_back(one);
  }
  if (endpoints.size() > kMostEndpoints) {
    return InvalidArgument("there are {} addresses, at most {} are used", endpoints.size(),
                           kMostEndpoints);
  }
  return endpoints;
}

std::string EndpointHost(std::string_view address) { return std::string(Host(address)); }

std::string EndpointPort(std::string_view address) {
  return std::string(address.substr(address.rfind(':') + 1));
}

bool IsNamed(std::string_view address) {
  const std::string_view host = Host(address);
  const bool is_number = host.find_first_not_of("0123456789.") == std::string_view::npos;
  return host != "localhost" && !host.starts_with('[') && !is_number;
}

bool IsLoopback(std::string_view address) {
  const std::string_view host = Host(address);
  return host == "localhost" || host == "[::1]" || IsLoopbackV4(host);
}

}  // namespace tideline
