#pragma once

#include <cstddef>
#include <memory>
#include <span>
#include <string>
#include <string_view>

#include "common/base/status.h"

namespace tideline {

// A whole file mapped read-only. The bytes live as long as the object; the file must be replaced by
// rename and never be written in place. Thread-compatible.
class MappedFile {
 public:
  // Errors: NotFound, PermissionDenied, or InvalidArgument for what is not a plain file.
  static absl::StatusOr<std::shared_ptr<const MappedFile>> Open(const std::string& path);
  ~MappedFile();
  MappedFile(const MappedFile&) = delete;
  MappedFile& operator=(const MappedFile&) = delete;

  std::span<const std::byte> bytes() const { return bytes_; }

 private:
  explicit MappedFile(std::span<const std::byte> bytes) : bytes_(bytes) {}
  std::span<const std::byte> bytes_;
};

// Reads a file of at most `limit` bytes. Errors: NotFound, PermissionDenied, ResourceExhausted.
absl::StatusOr<std::string> ReadFile(const std::string& path, size_t limit);

// Writes beside `path`, then renames over it: readers see the old file or the new one.
// `mode` is the new file's permission bits.
absl::Status WriteFileAtomically(const std::string& path, std::string_view content,
                                 unsigned mode = 0644);

}  // namespace tideline
