#pragma once

#include <filesystem>
#include <map>
#include <memory>
#include <optional>
#include <string>
#include <unordered_map>

#include "common/base/clock.h"
#include "common/base/status.h"

namespace tideline::security {

inline constexpr size_t kMaxListed = 10'000;  // keys in an allow-list

// A directory of public keys, NAME.key each; NAME is the user. It is looked at again while it is
// asked: at once where a file came or went, within a second where one was written in place. So a
// new edge needs no restart, and a removed one is refused when it connects next. A file that is no
// key is skipped with a warning; of two names for one key the first in the alphabet counts; a
// directory that cannot be read, or holds more than kMaxListed, admits nobody. Blocks for the
// file system. Thread-compatible.
class AllowList {
 public:
  // Errors: NotFound, PermissionDenied, ResourceExhausted over kMaxListed.
  static absl::StatusOr<std::unique_ptr<AllowList>> Open(const std::string& directory);

  // The user whose public key (Z85) this is; nullopt where nobody's.
  std::optional<std::string> UserOf(const std::string& public_key);

  size_t size() const { return users_.size(); }

 private:
  struct Entry {  // one file as it was read
    std::filesystem::file_time_type written;
    std::string key;  // "" where it is no key
  };
  using Entries = std::map<std::string, Entry>;  // by user

  explicit AllowList(std::string directory) : directory_(std::move(directory)) {}
  absl::Status Refresh();
  absl::StatusOr<Entries> ReadEntries() const;
  Entry ReadEntry(const std::filesystem::path& path, const std::string& user) const;

  std::string directory_;
  SystemClock clock_;
  MonotonicTime looked_;
  std::filesystem::file_time_type directory_written_;
  Entries entries_;
  std::unordered_map<std::string, std::string> users_;  // by public key
};

}  // namespace tideline::security
