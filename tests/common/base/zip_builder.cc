#include "tests/common/base/zip_builder.h"

#include <span>
#include <utility>

#include "common/base/hash.h"

namespace tideline {
namespace {

template <typename T>
void Put(std::string& out, T value) {
  for (size_t i = 0; i < sizeof(T); ++i) {
    out += static_cast<char>(static_cast<uint64_t>(value) >> (8 * i) & 0xFF);
  }
}

uint32_t CrcOf(const ZipBuilder::Entry& entry) {
  return entry.claimed_crc >= 0 ? static_cast<uint32_t>(entry.claimed_crc)
                                : Crc32(std::as_bytes(std::span(entry.bytes)));
}

uint64_t SizeOf(const ZipBuilder::Entry& entry) {
  return entry.claimed_size >= 0 ? static_cast<uint64_t>(entry.claimed_size) : entry.bytes.size();
}

void PutLocal(std::string& out, const ZipBuilder::Entry& entry, size_t padding) {
  Put<uint32_t>(out, 0x04034B50);
  Put<uint16_t>(out, 45);
  Put<uint16_t>(out, entry.flags);
  Put<uint16_t>(out, entry.method);
  Put<uint32_t>(out, 0);  // time and date
  Put<uint32_t>(out, CrcOf(entry));
  Put<uint32_t>(out, static_cast<uint32_t>(SizeOf(entry)));
  Put<uint32_t>(out, static_cast<uint32_t>(SizeOf(entry)));
  Put<uint16_t>(out, static_cast<uint16_t>(entry.name.size()));
  Put<uint16_t>(out, static_cast<uint16_t>(padding));
  out += entry.name + std::string(padding, '\0') + entry.bytes;
}

void PutCentral(std::string& out, const ZipBuilder::Entry& entry, uint64_t offset) {
  std::string extra;
  if (entry.zip64) {
    Put<uint16_t>(extra, 1);
    Put<uint16_t>(extra, 24);
    Put<uint64_t>(extra, SizeOf(entry));
    Put<uint64_t>(extra, SizeOf(entry));
    Put<uint64_t>(extra, offset);
  }
  const auto narrow = [&](uint64_t value) {
    return entry.zip64 ? 0xFFFFFFFFU : static_cast<uint32_t>(value);
  };
  Put<uint32_t>(out, 0x02014B50);
  Put<uint16_t>(out, 45);
  Put<uint16_t>(out, 45);
  Put<uint16_t>(out, entry.flags);
  Put<uint16_t>(out, entry.method);
  Put<uint32_t>(out, 0);
  Put<uint32_t>(out, CrcOf(entry));
  Put<uint32_t>(out, narrow(SizeOf(entry)));
  Put<uint32_t>(out, narrow(SizeOf(entry)));
  Put<uint16_t>(out, static_cast<uint16_t>(entry.name.size()));
  Put<uint16_t>(out, static_cast<uint16_t>(extra.size()));
  Put<uint16_t>(out, 0);  // comment
  Put<uint16_t>(out, 0);  // disk
  Put<uint16_t>(out, 0);  // attributes
  Put<uint32_t>(out, 0);
  Put<uint32_t>(out, narrow(offset));
  out += entry.name + extra;
}

}  // namespace

ZipBuilder& ZipBuilder::Add(std::string name, std::string bytes) {
  return Add(Entry{.name = std::move(name), .bytes = std::move(bytes)});
}

ZipBuilder& ZipBuilder::Add(Entry entry) {
  entries_.push_back(std::move(entry));
  return *this;
}

ZipBuilder& ZipBuilder::ClaimEntries(uint16_t entries) {
  claimed_entries_ = entries;
  return *this;
}

std::string ZipBuilder::Build() const {
  constexpr size_t kAlignment = 64;  // as torch aligns its entries
  constexpr size_t kLocalBytes = 30;
  std::string out;
  std::string directory;
  for (const Entry& entry : entries_) {
    const uint64_t offset =
        entry.claimed_offset >= 0 ? static_cast<uint64_t>(entry.claimed_offset) : out.size();
    PutCentral(directory, entry, offset);
    const size_t data = out.size() + kLocalBytes + entry.name.size();
    PutLocal(out, entry, (kAlignment - data % kAlignment) % kAlignment);
  }
  const size_t begin = out.size();
  const auto entries =
      static_cast<uint16_t>(claimed_entries_ >= 0 ? claimed_entries_ : entries_.size());
  out += directory;
  Put<uint32_t>(out, 0x06054B50);
  Put<uint32_t>(out, 0);  // disks
  Put<uint16_t>(out, entries);
  Put<uint16_t>(out, entries);
  Put<uint32_t>(out, static_cast<uint32_t>(directory.size()));
  Put<uint32_t>(out, static_cast<uint32_t>(begin));
  Put<uint16_t>(out, 0);  // comment
  return out;
}

}  // namespace tideline
