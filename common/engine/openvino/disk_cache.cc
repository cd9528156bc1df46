#include "common/engine/openvino/disk_cache.h"

#include <algorithm>
#include <array>
#include <atomic>
#include <cstring>
#include <filesystem>
#include <fstream>
#include <system_error>
#include <unistd.h>
#include <utility>
#include <vector>

#include "common/base/hash.h"

namespace tideline::openvino {
namespace {

namespace fs = std::filesystem;

constexpr char kSuffix[] = ".compiled";

// The last bytes of a file: half a file or another format is found by them.
struct Trailer {
  std::array<char, 8> magic = {'T', 'L', 'C', 'A', 'C', 'H', 'E', '1'};
  uint64_t size = 0;  // of what is before
  uint32_t crc = 0;
  uint32_t zero = 0;
};

struct Stored {
  fs::path path;
  fs::file_time_type used;
  uint64_t bytes;
};

// Files that vanish meanwhile are other processes' doing.
std::vector<Stored> ListEntries(const std::string& folder) {
  std::vector<Stored> entries;
  std::error_code error;
  for (fs::directory_iterator i(folder, error), end; !error && i != end; i.increment(error)) {
    std::error_code gone;
    const Stored entry{i->path(), i->last_write_time(gone), i->file_size(gone)};
    if (!gone && entry.path.extension() == kSuffix) {
      entries.push_back(entry);
    }
  }
  return entries;
}

// Appends the trailer to a file that is complete otherwise.
absl::Status Seal(const std::string& path) {
  Trailer trailer;
  {
    ASSIGN_OR_RETURN(const auto file, MappedFile::Open(path));
    trailer.size = file->bytes().size();
    trailer.crc = Crc32(file->bytes());
  }
  std::ofstream out(path, std::ios::binary | std::ios::app);
  out.write(reinterpret_cast<const char*>(&trailer), sizeof(trailer));
  out.close();
  return out ? absl::OkStatus() : ResourceExhausted("compiled-model cache: the disk is full");
}

}  // namespace

absl::StatusOr<DiskCache> DiskCache::Open(std::string folder, uint64_t limit) {
  std::error_code error;
  fs::create_directories(folder, error);
  if (error) {
    return InvalidArgument("compiled-model cache {}: cannot be made: {}", folder, error.message());
  }
  return DiskCache(std::move(folder), limit);
}

std::string DiskCache::PathOf(const std::string& key) const {
  const Sha256Digest digest = Sha256(std::as_bytes(std::span(key)));
  return folder_ + "/" + ToHex(std::span(digest).first(16)) + kSuffix;
}

std::optional<DiskCache::Entry> DiskCache::Load(const std::string& key) const {
  const std::string path = PathOf(key);
  auto file = MappedFile::Open(path);
  if (!file.ok() || (*file)->bytes().size() < sizeof(Trailer)) {
    return std::nullopt;
  }
  const std::span<const std::byte> all = (*file)->bytes();
  const std::span<const std::byte> bytes = all.first(all.size() - sizeof(Trailer));
  Trailer trailer;
  std::memcpy(&trailer, all.last(sizeof(Trailer)).data(), sizeof(Trailer));
  if (trailer.magic != Trailer().magic || trailer.size != bytes.size() ||
      trailer.crc != Crc32(bytes)) {
    return std::nullopt;
  }
  std::error_code ignored;  // where the folder is read-only, entries only look older
  fs::last_write_time(path, fs::file_time_type::clock::now(), ignored);
  return Entry{*std::move(file), bytes};
}

absl::Status DiskCache::Store(const std::string& key,
                              const std::function<void(std::ostream&)>& write) const {
  static std::atomic<uint64_t> counter = 0;
  const std::string path = PathOf(key);
  const std::string draft = fmt::format("{}.{}.{}", path, ::getpid(), counter++);
  absl::Status status;
  {
    std::ofstream out(draft, std::ios::binary);
    write(out);
    out.close();
    status = out ? Seal(draft) : ResourceExhausted("compiled-model cache: the disk is full");
  }
  std::error_code error;
  if (status.ok() && fs::file_size(draft, error) > limit_) {
    status =
        ResourceExhausted("compiled-model cache: an entry is larger than its {} bytes", limit_);
  }
  if (status.ok()) {
    fs::rename(draft, path, error);
    Trim();
  } else {
    fs::remove(draft, error);
  }
  return status;
}

uint64_t DiskCache::Size() const {
  uint64_t bytes = 0;
  for (const Stored& entry : ListEntries(folder_)) {
    bytes += entry.bytes;
  }
  return bytes;
}

void DiskCache::Trim() const {
  std::vector<Stored> entries = ListEntries(folder_);
  std::ranges::sort(entries, std::ranges::greater(), &Stored::used);
  uint64_t bytes = 0;
  for (const Stored& entry : entries) {
    bytes += entry.bytes;
    if (bytes > limit_) {
      std::error_code ignored;
      fs::remove(entry.path, ignored);
    }
  }
}

}  // namespace tideline::openvino
