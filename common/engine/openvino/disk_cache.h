#pragma once

#include <cstddef>
#include <cstdint>
#include <functional>
#include <memory>
#include <optional>
#include <ostream>
#include <span>
#include <string>

#include "common/base/file.h"
#include "common/base/status.h"

namespace tideline::openvino {

// A folder of files by key, at most `limit` bytes together: the ones used longest ago go first.
// Processes may share the folder. Thread-safe.
class DiskCache {
 public:
  struct Entry {
    std::shared_ptr<const MappedFile> file;  // keeps `bytes` alive
    std::span<const std::byte> bytes;
  };

  // Makes the folder. Errors: InvalidArgument where that fails.
  static absl::StatusOr<DiskCache> Open(std::string folder, uint64_t limit);

  // What was stored under `key`; nullopt where there is nothing, or where the file is damaged.
  std::optional<Entry> Load(const std::string& key) const;

  // Stores what `write` writes, unless that alone is over the limit, and makes room. Errors:
  // ResourceExhausted where it does not fit on the disk or under the limit.
  absl::Status Store(const std::string& key, const std::function<void(std::ostream&)>& write) const;

  // Bytes of all entries.
  uint64_t Size() const;

 private:
  DiskCache(std::string folder, uint64_t limit) : folder_(std::move(folder)), limit_(limit) {}

  std::string PathOf(const std::string& key) const;
  void Trim() const;

  std::string folder_;
  uint64_t limit_;
};

}  // namespace tideline::openvino
