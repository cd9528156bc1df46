#pragma once

#include <memory>
#include <string>

#include "common/base/status.h"

namespace tideline {

// Notices that a file was written or replaced, by inotify on its folder: also by rename, and where
// the path leads through a symbolic link that was changed (as Kubernetes does). Thread-compatible.
class FileWatcher {
 public:
  // The file need not exist yet, its folder must. Errors: NotFound, ResourceExhausted.
  static absl::StatusOr<std::unique_ptr<FileWatcher>> Open(const std::string& path);
  ~FileWatcher();
  FileWatcher(const FileWatcher&) = delete;
  FileWatcher& operator=(const FileWatcher&) = delete;

  // Readable when there is something to look at; for poll or Asio. It stays the watcher's.
  int descriptor() const { return descriptor_; }

  // Takes all events that came; true where the file is another one than at the last call. A file
  // that has gone is no change. Never blocks.
  bool TakeChange();

 private:
  // Which file it is and in which state.
  struct Signature {
    uint64_t device = 0;
    uint64_t inode = 0;
    int64_t size = 0;
    int64_t modified_ns = 0;
    bool operator==(const Signature&) const = default;
  };

  FileWatcher(std::string path, int descriptor);
  static bool Read(const std::string& path, Signature& signature);

  const std::string path_;
  const int descriptor_;
  Signature last_;
};

}  // namespace tideline
