#include "common/web/guard.h"

#include <algorithm>

#include "absl/strings/match.h"
#include <fmt/format.h>
#include <openssl/crypto.h>
#include <openssl/sha.h>

#include "common/base/secret.h"
#include "common/base/strings.h"
#include "common/config/http.h"

namespace tideline {
namespace {

constexpr std::string_view kBearer = "Bearer ";

// "[::1]" of "[::1]:8000", "localhost" of "localhost:8000"; nullopt where it is neither.
std::optional<std::string_view> HostWithoutPort(std::string_view host) {
  const size_t end =
      host.starts_with('[') ? host.find(']') + 1 : std::min(host.find(':'), host.size());
  if (end == 0) {
    return std::nullopt;
  }
  const std::string_view rest = host.substr(end);
  const bool has_port = rest.size() >= 2 && rest.size() <= 6 && rest[0] == ':' &&
                        rest.find_first_not_of("0123456789", 1) == std::string_view::npos;
  return rest.empty() || has_port ? std::optional(host.substr(0, end)) : std::nullopt;
}

bool SameHost(std::string_view a, std::string_view b) {
  return absl::EqualsIgnoreCase(ToAbsl(a), ToAbsl(b));
}

}  // namespace

absl::StatusOr<std::string> ReadToken(const std::string& path) {
  ASSIGN_OR_RETURN(std::string token, ReadSecret(path));
  RETURN_IF_ERROR(Annotate(CheckToken(token), path));
  return token;
}

bool HasToken(std::string_view authorization, std::string_view token) {
  if (!absl::StartsWithIgnoreCase(ToAbsl(authorization), ToAbsl(kBearer))) {
    return false;
  }
  const std::string_view given = authorization.substr(kBearer.size());
  // Of the same length whatever was given, so that the comparison tells nothing of the length too.
  unsigned char a[SHA256_DIGEST_LENGTH];
  unsigned char b[SHA256_DIGEST_LENGTH];
  SHA256(reinterpret_cast<const unsigned char*>(given.data()), given.size(), a);
  SHA256(reinterpret_cast<const unsigned char*>(token.data()), token.size(), b);
  return CRYPTO_memcmp(a, b, sizeof(a)) == 0;
}

bool IsLoopbackHost(std::string_view address) {
  return address == "::1" || address.starts_with("127.");
}

bool IsOwnHost(std::string_view host, std::string_view bound) {
  const std::optional<std::string_view> name = HostWithoutPort(host);
  return name && (SameHost(*name, "localhost") || *name == "127.0.0.1" || *name == "[::1]" ||
                  *name == bound || *name == fmt::format("[{}]", bound));
}

bool IsOwnOrigin(std::string_view origin, std::string_view host) {
  for (const std::string_view scheme : {"http://", "https://"}) {
    if (origin.starts_with(scheme) && SameHost(origin.substr(scheme.size()), host)) {
      return !host.empty();
    }
  }
  return false;
}

}  // namespace tideline
