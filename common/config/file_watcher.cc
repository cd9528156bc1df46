#include "common/config/file_watcher.h"

#include <array>
#include <cerrno>
#include <cstring>
#include <sys/inotify.h>
#include <sys/stat.h>
#include <unistd.h>

namespace tideline {

FileWatcher::FileWatcher(std::string path, int descriptor)
    : path_(std::move(path)), descriptor_(descriptor) {}

FileWatcher::~FileWatcher() { ::close(descriptor_); }

absl::StatusOr<std::unique_ptr<FileWatcher>> FileWatcher::Open(const std::string& path) {
  const int descriptor = ::inotify_init1(IN_NONBLOCK | IN_CLOEXEC);
  if (descriptor < 0) {
    return ResourceExhausted("{}: cannot be watched: {}", path, std::strerror(errno));
  }
  std::unique_ptr<FileWatcher> watcher(new FileWatcher(path, descriptor));
  const size_t slash = path.rfind('/');
  const std::string folder = slash == std::string::npos ? "." : path.substr(0, slash + 1);
  // Whole files only: a file that is being written says nothing until it is closed.
  if (::inotify_add_watch(descriptor, folder.c_str(), IN_CLOSE_WRITE | IN_MOVED_TO | IN_ONLYDIR) <
      0) {
    return NotFound("{}: its folder cannot be watched: {}", path, std::strerror(errno));
  }
  Read(path, watcher->last_);
  return watcher;
}

bool FileWatcher::TakeChange() {
  std::array<char, 4096> events;
  while (::read(descriptor_, events.data(), events.size()) > 0) {
  }
  Signature now;
  if (!Read(path_, now) || now == last_) {
    return false;
  }
  last_ = now;
  return true;
}

bool FileWatcher::Read(const std::string& path, Signature& signature) {
  struct stat info{};
  if (::stat(path.c_str(), &info) != 0) {
    return false;
  }
  signature = {.device = info.st_dev,
               .inode = info.st_ino,
               .size = info.st_size,
               .modified_ns = info.st_mtim.tv_sec * int64_t{1'000'000'000} + info.st_mtim.tv_nsec};
  return true;
}

}  // namespace tideline
