#include "common/base/zip.h"

#include <algorithm>
#include <cstring>
#include <optional>
#include <set>
#include <string_view>

// Layout and names follow PKWARE's APPNOTE.TXT, sections 4.3 and 4.5.
namespace tideline {
namespace {

constexpr size_t kMaxEntries = 100'000;
constexpr size_t kMaxNameBytes = 4096;
constexpr size_t kEndBytes = 22;      // end of central directory record
constexpr size_t kLocatorBytes = 20;  // zip64 end of central directory locator
constexpr size_t kEnd64Bytes = 56;    // zip64 end of central directory record
constexpr size_t kEntryBytes = 46;    // central directory header
constexpr size_t kLocalBytes = 30;    // local file header
constexpr size_t kMaxCommentBytes = 0xFFFF;
constexpr uint32_t kEndMark = 0x06054B50;
constexpr uint32_t kLocatorMark = 0x07064B50;
constexpr uint32_t kEnd64Mark = 0x06064B50;
constexpr uint32_t kEntryMark = 0x02014B50;
constexpr uint32_t kLocalMark = 0x04034B50;
constexpr uint16_t kZip64Extra = 1;
constexpr uint16_t kEncryptedFlag = 1;
constexpr uint32_t kIn64 = 0xFFFFFFFF;  // "see the zip64 field"

// Little-endian integers at an offset of bytes that the caller has checked.
template <typename T>
T Read(std::span<const std::byte> bytes, size_t offset) {
  T value;
  std::memcpy(&value, bytes.data() + offset, sizeof(T));
  return value;
}

// `size` bytes at `offset`, or nothing where they are not all inside.
std::optional<std::span<const std::byte>> Slice(std::span<const std::byte> bytes, uint64_t offset,
                                                uint64_t size) {
  if (offset > bytes.size() || size > bytes.size() - offset) {
    return std::nullopt;
  }
  return bytes.subspan(offset, size);
}

struct Directory {
  uint64_t offset = 0;
  uint64_t size = 0;
  uint64_t entries = 0;
};

std::optional<size_t> FindEnd(std::span<const std::byte> archive) {
  if (archive.size() < kEndBytes) {
    return std::nullopt;
  }
  const size_t last = archive.size() - kEndBytes;
  const size_t first = last > kMaxCommentBytes ? last - kMaxCommentBytes : 0;
  for (size_t offset = last + 1; offset-- > first;) {
    if (Read<uint32_t>(archive, offset) == kEndMark) {
      return offset;
    }
  }
  return std::nullopt;
}

absl::StatusOr<Directory> FindDirectory(std::span<const std::byte> archive) {
  const std::optional<size_t> end = FindEnd(archive);
  if (!end) {
    return DataLoss("not a zip archive, or its end is missing ({} bytes)", archive.size());
  }
  Directory directory{.offset = Read<uint32_t>(archive, *end + 16),
                      .size = Read<uint32_t>(archive, *end + 12),
                      .entries = Read<uint16_t>(archive, *end + 10)};
  if (*end < kLocatorBytes || Read<uint32_t>(archive, *end - kLocatorBytes) != kLocatorMark) {
    return directory;
  }
  const uint64_t offset = Read<uint64_t>(archive, *end - kLocatorBytes + 8);
  const auto record = Slice(archive, offset, kEnd64Bytes);
  if (!record || Read<uint32_t>(*record, 0) != kEnd64Mark) {
    return DataLoss("zip64 end record at {} is not inside the archive of {} bytes", offset,
                    archive.size());
  }
  return Directory{.offset = Read<uint64_t>(*record, 48),
                   .size = Read<uint64_t>(*record, 40),
                   .entries = Read<uint64_t>(*record, 32)};
}

// What a central directory header says about one entry.
struct Header {
  uint64_t stored = 0;  // bytes in the archive
  uint64_t size = 0;    // bytes after decompression
  uint64_t offset = 0;  // of the local header
};

// Replaces the fields that overflowed 32 bits by those of the zip64 extra field.
absl::Status ReadZip64(std::span<const std::byte> extra, const std::string& name, Header& header) {
  while (extra.size() >= 4) {
    const uint16_t id = Read<uint16_t>(extra, 0);
    const auto field = Slice(extra, 4, Read<uint16_t>(extra, 2));
    if (!field) {
      break;
    }
    if (id != kZip64Extra) {
      extra = extra.subspan(4 + field->size());
      continue;
    }
    size_t position = 0;
    for (uint64_t* value : {&header.size, &header.stored, &header.offset}) {
      if (*value != kIn64) {
        continue;
      }
      if (position + 8 > field->size()) {
        return DataLoss("entry '{}': its zip64 field is too short", name);
      }
      *value = Read<uint64_t>(*field, position);
      position += 8;
    }
    return absl::OkStatus();
  }
  return absl::OkStatus();
}

// The bytes of an entry, found through its local header.
absl::StatusOr<std::span<const std::byte>> EntryBytes(std::span<const std::byte> archive,
                                                      const std::string& name,
                                                      const Header& header) {
  const auto local = Slice(archive, header.offset, kLocalBytes);
  if (!local || Read<uint32_t>(*local, 0) != kLocalMark) {
    return DataLoss("entry '{}': no local header at {} of {} bytes", name, header.offset,
                    archive.size());
  }
  const uint64_t data =
      header.offset + kLocalBytes + Read<uint16_t>(*local, 26) + Read<uint16_t>(*local, 28);
  const auto bytes = Slice(archive, data, header.stored);
  if (!bytes) {
    return DataLoss("entry '{}': {} bytes at {} do not lie inside the archive of {} bytes", name,
                    header.stored, data, archive.size());
  }
  return *bytes;
}

// Reads the header at the front of `directory` and moves `directory` behind it.
absl::StatusOr<ZipEntry> ReadEntry(std::span<const std::byte> archive,
                                   std::span<const std::byte>& directory) {
  if (directory.size() < kEntryBytes || Read<uint32_t>(directory, 0) != kEntryMark) {
    return DataLoss("central directory ends before its last entry");
  }
  const size_t name_size = Read<uint16_t>(directory, 28);
  const size_t extra_size = Read<uint16_t>(directory, 30);
  const size_t comment_size = Read<uint16_t>(directory, 32);
  if (kEntryBytes + name_size + extra_size + comment_size > directory.size()) {
    return DataLoss("central directory ends before its last entry");
  }
  if (name_size > kMaxNameBytes) {
    return DataLoss("an entry's name has {} bytes, at most {} are accepted", name_size,
                    kMaxNameBytes);
  }
  ZipEntry entry;
  entry.name.assign(reinterpret_cast<const char*>(directory.data()) + kEntryBytes, name_size);
  entry.crc32 = Read<uint32_t>(directory, 16);
  Header header{.stored = Read<uint32_t>(directory, 20),
                .size = Read<uint32_t>(directory, 24),
                .offset = Read<uint32_t>(directory, 42)};
  RETURN_IF_ERROR(
      ReadZip64(directory.subspan(kEntryBytes + name_size, extra_size), entry.name, header));
  const bool encrypted = (Read<uint16_t>(directory, 8) & kEncryptedFlag) != 0;
  if (encrypted || Read<uint16_t>(directory, 10) != 0 || header.stored != header.size) {
    return Unimplemented("entry '{}' is {}; only stored entries can be mapped", entry.name,
                         encrypted ? "encrypted" : "compressed");
  }
  ASSIGN_OR_RETURN(entry.bytes, EntryBytes(archive, entry.name, header));
  directory = directory.subspan(kEntryBytes + name_size + extra_size + comment_size);
  return entry;
}

absl::Status CheckDistinct(const std::vector<ZipEntry>& entries) {
  std::set<std::string_view> names;
  std::vector<const ZipEntry*> by_position;
  for (const ZipEntry& entry : entries) {
    if (!names.insert(entry.name).second) {
      return DataLoss("entry '{}' comes twice", entry.name);
    }
    if (!entry.bytes.empty()) {
      by_position.push_back(&entry);
    }
  }
  std::ranges::sort(by_position, {}, [](const ZipEntry* entry) { return entry->bytes.data(); });
  for (size_t i = 1; i < by_position.size(); ++i) {
    const ZipEntry& before = *by_position[i - 1];
    if (before.bytes.data() + before.bytes.size() > by_position[i]->bytes.data()) {
      return DataLoss("entries '{}' and '{}' overlap", before.name, by_position[i]->name);
    }
  }
  return absl::OkStatus();
}

}  // namespace

absl::StatusOr<std::vector<ZipEntry>> ReadZip(std::span<const std::byte> archive) {
  ASSIGN_OR_RETURN(const Directory directory, FindDirectory(archive));
  auto headers = Slice(archive, directory.offset, directory.size);
  if (!headers) {
    return DataLoss("central directory of {} bytes at {} does not lie inside the archive of {}",
                    directory.size, directory.offset, archive.size());
  }
  if (directory.entries > kMaxEntries) {
    return DataLoss("archive has {} entries, at most {} are accepted", directory.entries,
                    kMaxEntries);
  }
  std::vector<ZipEntry> entries;
  for (uint64_t i = 0; i < directory.entries; ++i) {
    ASSIGN_OR_RETURN(ZipEntry entry, ReadEntry(archive, *headers));
    entries.push_back(std::move(entry));
  }
  RETURN_IF_ERROR(CheckDistinct(entries));
  return entries;
}

}  // namespace tideline
