#include "common/base/zip_writer.h"

#include <cstdint>
#include <utility>

#include "common/base/hash.h"

// Layout and names follow PKWARE's APPNOTE.TXT, sections 4.3 and 4.5.
namespace tideline {
namespace {

constexpr size_t kMostEntries = 65'534;
constexpr size_t kMostNameBytes = 4096;
constexpr size_t kMostBytes = 0xFFFF'FFFF;
constexpr size_t kLocalBytes = 30;  // local file header
constexpr size_t kExtraBytes = 4;   // an extra field's id and size
constexpr uint32_t kLocalMark = 0x04034B50;
constexpr uint32_t kEntryMark = 0x02014B50;
constexpr uint32_t kEndMark = 0x06054B50;
constexpr uint16_t kVersion = 10;           // what a reader must know: stored entries
constexpr uint16_t kNameIsUtf8 = 1 << 11;   // general purpose flag
constexpr uint16_t kFirstDay = 0x21;        // 1980-01-01, the earliest date there is
constexpr uint16_t kPaddingExtra = 0x4C54;  // an id that nobody has: "TL"

// `Bytes` bytes of `value`, little-endian.
template <size_t Bytes>
void Put(std::string& out, uint64_t value) {
  for (size_t i = 0; i < Bytes; ++i) {
    out += static_cast<char>(value >> (8 * i) & 0xFF);
  }
}

struct Entry {
  const std::string& name;
  uint32_t crc32;
  size_t size;
};

// The fields that a local header and the central directory have in common, in their order.
void PutCommon(std::string& out, const Entry& entry, size_t extra) {
  Put<2>(out, kVersion);
  Put<2>(out, kNameIsUtf8);
  Put<2>(out, /*method: stored*/ 0);
  Put<2>(out, /*time*/ 0);
  Put<2>(out, kFirstDay);
  Put<4>(out, entry.crc32);
  Put<4>(out, entry.size);
  Put<4>(out, entry.size);
  Put<2>(out, entry.name.size());
  Put<2>(out, extra);
}

}  // namespace

absl::Status ZipWriter::Add(const std::string& name, std::span<const std::byte> bytes) {
  const size_t offset = archive_.size();
  const size_t unpadded = offset + kLocalBytes + name.size() + kExtraBytes;
  const size_t padding = (kAlignment - unpadded % kAlignment) % kAlignment;
  if (entries_ >= kMostEntries || name.size() > kMostNameBytes || bytes.size() > kMostBytes ||
      unpadded + padding + bytes.size() + directory_.size() > kMostBytes - kMostNameBytes) {
    return ResourceExhausted(
        "entry '{}' of {} bytes does not fit behind {} bytes in {} entries; an archive has at most "
        "{} bytes in {} entries",
        name, bytes.size(), offset, entries_, kMostBytes, kMostEntries);
  }
  const Entry entry{name, Crc32(bytes), bytes.size()};
  Put<4>(archive_, kLocalMark);
  PutCommon(archive_, entry, kExtraBytes + padding);
  archive_ += name;
  Put<2>(archive_, kPaddingExtra);
  Put<2>(archive_, padding);
  archive_.append(padding, '\0');
  archive_.append(reinterpret_cast<const char*>(bytes.data()), bytes.size());

  Put<4>(directory_, kEntryMark);
  Put<2>(directory_, kVersion);
  PutCommon(directory_, entry, /*extra=*/0);
  Put<2>(directory_, /*comment*/ 0);
  Put<2>(directory_, /*disk*/ 0);
  Put<2>(directory_, /*internal attributes*/ 0);
  Put<4>(directory_, /*external attributes*/ 0);
  Put<4>(directory_, offset);
  directory_ += name;
  ++entries_;
  return absl::OkStatus();
}

std::string ZipWriter::Finish() {
  std::string archive = std::exchange(archive_, {});
  const std::string directory = std::exchange(directory_, {});
  const size_t entries = std::exchange(entries_, 0);
  const size_t offset = archive.size();
  archive += directory;
  Put<4>(archive, kEndMark);
  Put<2>(archive, /*disk*/ 0);
  Put<2>(archive, /*disk of the directory*/ 0);
  Put<2>(archive, entries);
  Put<2>(archive, entries);
  Put<4>(archive, directory.size());
  Put<4>(archive, offset);
  Put<2>(archive, /*comment*/ 0);
  return archive;
}

}  // namespace tideline
