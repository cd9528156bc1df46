#include "common/base/secret.h"

#include <algorithm>
#include <sys/stat.h>

#include "common/base/file.h"

namespace tideline {

absl::StatusOr<std::string> ReadSecret(const std::string& path) {
  ASSIGN_OR_RETURN(std::string secret, ReadFile(path, kMaxSecret));
  struct stat info{};
  if (::stat(path.c_str(), &info) == 0 && (info.st_mode & (S_IRWXG | S_IRWXO)) != 0) {
    return PermissionDenied("{}: mode {:o} lets others read the secret; run chmod 600 on it", path,
                            info.st_mode & 0777);
  }
  while (secret.ends_with('\n') || secret.ends_with('\r')) {
    secret.pop_back();
  }
  const auto is_control = [](unsigned char c) { return c < 0x20 || c == 0x7f; };
  if (secret.empty() || std::ranges::any_of(secret, is_control)) {
    return InvalidArgument("{}: holds no secret; write it there as one line of text", path);
  }
  return secret;
}

}  // namespace tideline
